"""What keeps a closed appraisal as it was closed, whatever code writes it."""

from __future__ import annotations

import pgtrigger

# Search is written anew when somebody gets another name, and old jobs are forgotten; nothing else changes any more.
CLOSED_FIXED = pgtrigger.Trigger(
    name="closed_fixed",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Q(old__status="CLOSED"),
    func=pgtrigger.Func(
        """
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(OLD) - ARRAY['search_text', 'version', 'updated_at', 'job_id']
               = to_jsonb(NEW) - ARRAY['search_text', 'version', 'updated_at', 'job_id'] THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'appraisal % is closed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appraisal_closed_fixed';
        """
    ),
)

# Lines neither come, go nor change once their sheet is closed.
LINES_OF_CLOSED_FIXED = pgtrigger.Trigger(
    name="closed_lines_fixed",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func=pgtrigger.Func(
        """
        IF EXISTS (
            SELECT FROM hrm_kpisheet s WHERE s.status = 'CLOSED'
            AND s.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.sheet_id END,
                         CASE WHEN TG_OP <> 'DELETE' THEN NEW.sheet_id END)
        ) THEN
            RAISE EXCEPTION 'appraisal is closed'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'appraisal_closed_fixed';
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
        """
    ),
)
