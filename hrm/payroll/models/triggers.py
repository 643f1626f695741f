"""
Triggers that keep settled pay as it is, whatever code writes: page, API, shell, or a bulk update.

Those of payslips and lines look at the run under a share lock: who locks a run at the same moment waits for the change,
or the change for the lock.
"""

from __future__ import annotations

import pgtrigger

from hrm.payroll.choices import RunStatus

SETTLED = f"'{RunStatus.LOCKED}', '{RunStatus.PAID}'"
STEPS = {
    RunStatus.DRAFT: (RunStatus.CALCULATED,),
    RunStatus.CALCULATED: (RunStatus.APPROVING, RunStatus.DRAFT),
    RunStatus.APPROVING: (RunStatus.LOCKED, RunStatus.CALCULATED),
    RunStatus.LOCKED: (RunStatus.PAID,),
    RunStatus.PAID: (),
}
_STEPS = ", ".join(f"'{before}>{after}'" for before, follow in STEPS.items() for after in follow)

run_settled = pgtrigger.Trigger(
    name="settled",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[
        (
            "free",
            "text[] := ARRAY['status', 'version', 'updated_at', 'search_text', 'job_id', 'paid_at', 'published_at']",
        )
    ],
    func=pgtrigger.Func(
        f"""
        IF TG_OP = 'INSERT' THEN
            IF NEW.status <> '{RunStatus.DRAFT}' THEN
                RAISE EXCEPTION 'a pay run begins as a draft' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' THEN
            IF OLD.status IN ({SETTLED}) THEN
                RAISE EXCEPTION 'pay run is settled' USING ERRCODE = 'check_violation';
            END IF;
            RETURN OLD;
        END IF;
        IF NEW.status <> OLD.status AND NOT (OLD.status || '>' || NEW.status = ANY(ARRAY[{_STEPS}])) THEN
            RAISE EXCEPTION 'a pay run does not go from one state to this one' USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.status IN ({SETTLED}) AND (to_jsonb(NEW) - free) IS DISTINCT FROM (to_jsonb(OLD) - free) THEN
            RAISE EXCEPTION 'pay run is settled' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
        """
    ),
)

REFUSE = """
    FOR found IN
        SELECT status FROM hrm_payrun WHERE id IN (RUNS) ORDER BY id FOR SHARE
    LOOP
        IF found.status IN (SETTLED) THEN
            RAISE EXCEPTION 'pay run is settled' USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
"""
# Of payslips the run, of their lines the run by the payslip.
OF_PAYSLIP = "SELECT run_id FROM {rows}"
OF_LINE = "SELECT p.run_id FROM {rows} v JOIN hrm_payslip p ON p.id = v.payslip_id"

# Of monthly entries the runs that pay them: of the month, and of the group in which the person ends it.
OF_INPUT = """
    SELECT r.id FROM {rows} v JOIN hrm_payslip p ON p.employee_id = v.employee_id
    JOIN hrm_payrun r ON r.id = p.run_id AND r.month = v.month
    WHERE r.pay_group_id = (
        SELECT a.pay_group_id FROM hrm_salaryarchive a
        WHERE a.employee_id = v.employee_id AND a.valid_from < v.month + interval '1 month'
        ORDER BY a.valid_from DESC LIMIT 1
    )
"""


def settled_rows(select: str) -> tuple[pgtrigger.Trigger, ...]:
    """
    Triggers, one for each operation, that refuse changes of rows of settled runs.

    :param select: query that gives the runs of ``{rows}``.
    """
    old, new = select.format(rows="old_rows"), select.format(rows="new_rows")
    tables = {
        "insert": (pgtrigger.Insert, pgtrigger.Referencing(new="new_rows"), new),
        "update": (pgtrigger.Update, pgtrigger.Referencing(old="old_rows", new="new_rows"), f"{old} UNION {new}"),
        "delete": (pgtrigger.Delete, pgtrigger.Referencing(old="old_rows"), old),
    }
    return tuple(
        pgtrigger.Trigger(
            name=f"settled_{name}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=referencing,
            declare=[("found", "record")],
            func=pgtrigger.Func(REFUSE.replace("RUNS", runs).replace("SETTLED", SETTLED)),
        )
        for name, (operation, referencing, runs) in tables.items()
    )


# Published once, confirmed once.
confirmed_once = pgtrigger.Trigger(
    name="confirmed_once",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=pgtrigger.Func(
        """
        IF TG_OP = 'DELETE' OR OLD.confirmed_at IS NOT NULL OR NEW.payslip_id <> OLD.payslip_id
                OR NEW.published_at <> OLD.published_at THEN
            RAISE EXCEPTION 'a published payslip is only confirmed' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
        """
    ),
)

# Written by a run, or continued by one, a year to date stays as it is.
year_settled = pgtrigger.Trigger(
    name="settled",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=pgtrigger.Func(
        """
        IF OLD.run_id IS NOT NULL OR EXISTS (SELECT 1 FROM {meta.db_table} WHERE previous_id = OLD.id) THEN
            RAISE EXCEPTION 'year to date is settled' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
        """
    ),
)
