"""Reports: one verdict, told to a manager, an engineer and a pipeline, without two of them disagreeing.

::

    run + verdict --> html          report.html   one self-contained page
                  --> markdown      summary.md    for a step summary or a comment
                  --> junit         junit.xml     one test case an objective
                  --> verdict_json  verdict.json  the verdict itself

What is read in a browser has one design, whatever it is about: see ``page``.

Renderers are pure and return text; ``writer`` alone writes. The same run and verdict give the same bytes.
"""
