"""What people may look at with tools of their own, such as spreadsheets: the views of a log in PostgreSQL."""

from __future__ import annotations

__all__ = ["VIEWS"]

from frontdoor.log import schema

VIEWS = {
    "open_work": """
        SELECT e.case_id, e.episode, e.workflow, e.title AS state, e.changed_at AS since, e.opened_at, e.family, e.edition,
            d.timer AS next_timer, d.due AS next_due, coalesce(d.breached, 0) AS is_overdue
        FROM episodes_now AS e LEFT JOIN LATERAL (
            SELECT n.timer, n.due, n.breached FROM deadlines_now AS n
            WHERE n.case_id = e.case_id AND n.episode = e.episode AND n.status = 'running'
                AND starts_with(n.timer, e.workflow || '.')
            ORDER BY n.late_from NULLS LAST, n.number LIMIT 1) AS d ON true
        WHERE e.is_open = 1""",
    "deadlines": schema.VIEWS["deadlines"],
    "breaches": schema.VIEWS["breaches"],
    "timeliness": """
        SELECT timer, basis, count(*) FILTER (WHERE status = 'met') AS met, count(*) FILTER (WHERE status = 'late') AS late,
            count(*) FILTER (WHERE status = 'ended') AS ended, count(*) FILTER (WHERE status = 'running') AS running,
            count(*) FILTER (WHERE status = 'overdue') AS overdue, count(*) FILTER (WHERE status = 'cannot_tell') AS cannot_tell,
            round(100.0 * count(*) FILTER (WHERE status = 'met')
                / nullif(count(*) FILTER (WHERE status IN ('met', 'late', 'overdue')), 0), 1) AS percent_in_time
        FROM deadlines GROUP BY timer, basis""",
}
"""As in a log in SQLite. No clock is asked: overdue is what the desk has raised a breach of."""
