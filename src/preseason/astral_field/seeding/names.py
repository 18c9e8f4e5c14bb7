"""Words that names are put together from. Nobody real is meant."""

from __future__ import annotations

from typing import Final

NFL_TEAMS: Final = (
    "ARI", "ATL", "BAL", "BUF", "CAR", "CHI", "CIN", "CLE", "DAL", "DEN", "DET", "GB", "HOU", "IND", "JAX",
    "KC", "LAC", "LAR", "LV", "MIA", "MIN", "NE", "NO", "NYG", "NYJ", "PHI", "PIT", "SEA", "SF",
    "TB", "TEN", "WAS",
)  # fmt: skip
FIRST_NAMES: Final = (
    "Aldo", "Bram", "Cassius", "Darnell", "Emeric", "Fabian", "Gideon", "Hollis", "Ivor", "Jarek", "Keenan",
    "Lorne", "Magnus", "Nico", "Osric", "Pascal", "Quill", "Rufus", "Soren", "Tavish", "Ulric", "Vaughn",
    "Wendell", "Xavi", "Yorick", "Zeke", "Anselm", "Birk", "Corin", "Dacre",
)  # fmt: skip
LAST_NAMES: Final = (
    "Abernath", "Blackwood", "Castellow", "Dunmore", "Everhart", "Fairbairn", "Gallowglass", "Hathersage",
    "Ironside", "Jessamy", "Kestrel", "Lockridge", "Merriweather", "Northcote", "Oakhurst", "Pemberley",
    "Quickfall", "Ravenscar", "Silverlake", "Thistlewood", "Umberton", "Vantongeren", "Whitlock",
    "Yarborough", "Zellweather", "Ashgrove", "Brightwater", "Coldstream", "Driftwood", "Elmsworth",
)  # fmt: skip
TEAM_ADJECTIVES: Final = (
    "Cosmic", "Lunar", "Solar", "Stellar", "Orbital", "Galactic", "Radiant", "Eclipsed",
    "Gravity", "Meteoric",
)  # fmt: skip
TEAM_NOUNS: Final = (
    "Comets", "Rockets", "Pulsars", "Quasars", "Novas", "Titans", "Voyagers", "Pioneers",
    "Rangers", "Satellites",
)  # fmt: skip
