"""What it takes for two teams to exchange players."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from preseason.astral_field.exchange import RefusedError, bad_request, not_found
from preseason.astral_field.rules import RuleError, traded

if TYPE_CHECKING:
    from preseason.astral_field.rosters import Rosters


@dataclass(frozen=True, slots=True)
class Exchange:
    """Which players (by id) two teams of one league would exchange."""

    proposing_team_id: str
    receiving_team_id: str
    giving: list[str]
    receiving: list[str]

    @property
    def team_ids(self) -> list[str]:
        return [self.proposing_team_id, self.receiving_team_id]

    def check_parties(self, rosters: Rosters, proposer_id: str) -> None:
        """Raises RefusedError unless the proposer owns a team and the other one is in the same league."""
        proposing = rosters.teams.get(self.proposing_team_id)
        receiving = rosters.teams.get(self.receiving_team_id)
        if not proposing or not receiving:
            raise not_found("Team not found")
        if proposing.owner_id != proposer_id:
            raise RefusedError(HTTPStatus.FORBIDDEN, "You do not own the proposing team")
        if proposing is receiving:
            raise bad_request("Invalid trade", "a team cannot trade with itself")
        if proposing.league_id != receiving.league_id:
            raise bad_request("Invalid trade", "the teams are in different leagues")

    def slots_after(self, rosters: Rosters) -> dict[str, dict[str, str]]:
        """The slot of every player (by id) of both teams (by id) when it is done.

        Rosters keep their size, and who comes sits on the bench unless needed. Raises RefusedError when a
        player is not on the team that gives him, or a team could not field a lineup afterwards.
        """
        if len(self.giving) != len(self.receiving):
            raise bad_request("Invalid trade", "both teams give the same number of players")
        rosters_before = {team_id: rosters.of(team_id) for team_id in self.team_ids}
        given = dict(zip(self.team_ids, (self.giving, self.receiving), strict=True))
        moving = {}
        for team_id, player_ids in given.items():
            moving[team_id] = [player for player in rosters_before[team_id] if player.player_id in player_ids]
            if len(moving[team_id]) != len(player_ids):
                raise bad_request("Invalid trade", f"a player is not on team {team_id}")
        try:
            return {
                team_id: traded(rosters_before[team_id], given[team_id], moving[other_id])
                for team_id, other_id in (self.team_ids, reversed(self.team_ids))
            }
        except RuleError as error:
            raise bad_request("Invalid trade", f"a team would have no legal lineup: {error}") from None
