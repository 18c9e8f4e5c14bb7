"""Proves a platform's service-level objectives under load.

The way of the data, one direction, held by import-linter::

     locustfiles/ + slo/*.yaml            the question: this traffic, these objectives
            |
       traffic  -->  +
                     +-->  run  -->  verdict  -->  report  -->  exit code, HTML, Markdown, JUnit
     collectors -->  +      |  +-->  planning -->  +
                            +-- one folder on disk, the only thing handed on

``traffic`` makes load and ``collectors`` sample servers; both only append to the run. ``verdict`` and
``planning`` are pure functions of a run; ``report`` renders them. ``campaign`` starts things in order,
and ``cli`` is the only place that parses arguments, prints and exits.
"""
