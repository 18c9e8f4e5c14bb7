"""Pages: one design for everything that is read in a browser; a page only says what stands on it.

A page is a ``Frame`` (the verdict as a badge and a sentence, the tiles, what it is about) around sections of
parts: tables, charts, bars, facts, prose. The shell, the style sheet, the script, the policy that forbids
every request, the navigation, print, the dark theme and the phone come with it.

=================  ========================================================================================
``rendering``      ``Frame`` and ``render_page``: the page as text
``parts``          ``Section`` and what it holds: ``Facts``, ``Prose``, ``Absent``, ``Listing``, ``Code``,
                   ``Meanings``, ``Bars``, ``Stack``, ``Multiples``, ``Folded``
``tables``         ``Table``, its columns and cells: badges, interval bars, sorting
``charts.figure``  ``figure_of(chart, axis)``: a chart of lines with its axis, read out and pointed at
``charts.scales``  the axes: ``clock_axis``, ``number_axis``, ``named_axis``
``interval_bar``   ``bar_of(low, point, high, Bound(...))`` for a cell
=================  ========================================================================================

To add a page: write a pure function from its result to text that makes a ``Frame`` and sections and returns
``render_page(frame, sections)``. A section that no part can show has a ``template`` of its own below
``templates/``. A new kind of part is a frozen dataclass with a ``kind``, and a macro in ``macros.html.j2``.
"""
