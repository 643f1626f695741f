"""
Triggers that keep the two trees of the organisation free of circles, whatever code writes them.

Writers of one tree wait for each other on an advisory lock, so that two of them cannot close a circle together.
Services take the same lock before they touch a row (see :func:`hrm.org.locks.lock_departments`).
"""

from __future__ import annotations

import pgtrigger

# A department's path is the primary keys from its root down to itself.
department_path = pgtrigger.Trigger(
    name="path",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id", "path"),
    declare=[("above", "bigint[]")],
    func=pgtrigger.Func(
        """
        PERFORM pg_advisory_xact_lock(hashtextextended('{meta.db_table}', NEW.company_id));
        IF NEW.parent_id IS NULL THEN
            NEW.path := ARRAY[NEW.id];
            RETURN NEW;
        END IF;
        SELECT path INTO above FROM {meta.db_table} WHERE id = NEW.parent_id AND company_id = NEW.company_id;
        IF above IS NULL THEN
            RAISE EXCEPTION 'department % is not of company %', NEW.parent_id, NEW.company_id
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.id = ANY(above) THEN
            RAISE EXCEPTION 'department % would stand above itself', NEW.id USING ERRCODE = 'check_violation';
        END IF;
        NEW.path := above || NEW.id;
        RETURN NEW;
        """
    ),
)

# A department that moves takes everything below it along. Only the children are written here: the trigger
# above gives them their path, and this one then goes on with theirs.
department_subtree = pgtrigger.Trigger(
    name="subtree",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange("path"),
    func=pgtrigger.Func(
        """
        UPDATE {meta.db_table} SET path = NEW.path || id WHERE parent_id = NEW.id;
        RETURN NULL;
        """
    ),
)

manager_acyclic = pgtrigger.Trigger(
    name="manager_acyclic",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange("manager"),
    func=pgtrigger.Func(
        """
        IF NEW.manager_id IS NOT NULL THEN
            PERFORM pg_advisory_xact_lock(hashtextextended('{meta.db_table}', 0));
            IF EXISTS (
                WITH RECURSIVE above(id) AS (
                    SELECT NEW.manager_id
                    UNION
                    SELECT e.manager_id FROM {meta.db_table} e JOIN above ON e.id = above.id
                    WHERE e.manager_id IS NOT NULL
                )
                SELECT FROM above WHERE id = NEW.id
            ) THEN
                RAISE EXCEPTION 'employee % would manage themselves', NEW.id USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        RETURN NEW;
        """
    ),
)
