"""Managers of Astral Field's fantasy teams, as far as its HTTP API sees them.

::

    manager     a Locust user: logs in, finds his team, thinks, undoes what he did
      |-- entrance    who logs in when, with which account
      |-- api         one method an endpoint; an answer is read once and checked as it is read
      |     '-- model     what answers hold     (pure)
      '-- choices     what a manager decides    (pure)
"""
