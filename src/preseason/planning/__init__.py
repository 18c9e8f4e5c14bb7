"""How much more: capacity, forecast, cost and scaling triggers, as pure functions of what was measured."""
