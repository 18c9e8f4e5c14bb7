"""Rosters of one or two teams, held still while they are changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from preseason.astral_field.rules import Held

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from preseason.astral_field.database import Transaction


@dataclass(frozen=True, slots=True)
class Team:
    """A row of the statement ``teams``."""

    id: str
    league_id: str
    owner_id: str


class Rosters:
    """Teams by id and who they hold, starters first."""

    def __init__(
        self, transaction: Transaction, teams: Mapping[str, Team], held: Sequence[tuple[str, Held]]
    ) -> None:
        self._transaction = transaction
        self._held = held
        self.teams = teams

    @classmethod
    async def read(cls, transaction: Transaction, team_ids: Sequence[str]) -> Self:
        """As they are; unknown teams are left out."""
        teams = [Team(*row) for row in await transaction.rows("teams", team_ids=team_ids)]
        held = [(row[0], Held(*row[1:])) for row in await transaction.rows("rosters", team_ids=team_ids)]
        return cls(transaction, {team.id: team for team in teams}, held)

    @classmethod
    async def locked(cls, transaction: Transaction, team_ids: Sequence[str]) -> Self:
        """As they stay until the transaction ends: whoever else wants to change them waits."""
        await transaction.run("lock_teams", team_ids=team_ids)
        return await cls.read(transaction, team_ids)

    def of(self, team_id: str) -> list[Held]:
        return [player for held_by, player in self._held if held_by == team_id]

    async def place(self, slots: Mapping[str, Mapping[str, str]]) -> None:
        """Give players (by id) to teams (by id), each in a slot; the teams are of one league."""
        placed = [(player, team, slot) for team, players in slots.items() for player, slot in players.items()]
        player_ids, team_ids, slot_names = (list(column) for column in zip(*placed, strict=True))
        league_id = self.teams[team_ids[0]].league_id
        await self._transaction.run(
            "place_players", league_id=league_id, player_ids=player_ids, team_ids=team_ids, slots=slot_names
        )
