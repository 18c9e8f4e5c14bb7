"""What a backup drill proves: a pure judgement of what was dumped, restored and found afterwards."""
