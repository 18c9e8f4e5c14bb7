"""Charts: what they show (``load``, ``servers``, ``distribution``) and how that is drawn (``drawing``).

matplotlib lays out scales, ticks and curves; colours, text and sizes belong to the page, so that a chart
follows the reader's theme and width.
"""
