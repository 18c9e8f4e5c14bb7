-- name: account
SELECT
    account.id,
    account.email,
    account.name,
    account.role,
    team.name AS team_name,
    account.password_hash,
    coalesce(account.locked_until > clock_timestamp(), false) AS locked
FROM users account
LEFT JOIN teams team ON team.owner_id = account.id
WHERE account.email = lower(%(email)s)

-- name: login_succeeded
UPDATE users SET failed_logins = 0, locked_until = NULL
WHERE id = %(user_id)s AND failed_logins > 0

-- name: login_failed
UPDATE users account SET
    failed_logins = tried.times,
    locked_until = CASE WHEN tried.times >= %(allowed)s THEN clock_timestamp() + %(locked_for)s END
FROM (
    SELECT id, CASE WHEN locked_until IS NULL THEN failed_logins + 1 ELSE 1 END AS times
    FROM users
    WHERE id = %(user_id)s
    FOR UPDATE
) tried
WHERE account.id = tried.id
