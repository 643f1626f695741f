import pytest, time, pghistory, contextlib
from suite.core.bulk import copy_rows
from suite.masters.models import Party
@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["ctx","simple","null"])
def test_x(mode):
    from django.db import connection, transaction
    connection.ensure_connection()
    pid=connection.connection.info.backend_pid
    def cpu():
        f=open(f"/proc/{pid}/stat").read().rsplit(")",1)[1].split(); return int(f[11])/100+int(f[12])/100
    with connection.connection.cursor() as cur:
        if mode=="simple":
            cur.execute("""CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS uuid LANGUAGE plpgsql AS $$ 
            DECLARE i uuid; m jsonb;
            BEGIN i := nullif(current_setting('pghistory.context_id', true),''); m:= nullif(current_setting('pghistory.context_metadata', true),'');
            IF i IS NOT NULL AND m IS NOT NULL THEN
              INSERT INTO pghistory_context (id, metadata, created_at, updated_at) VALUES (i, m, NOW(), NOW())
              ON CONFLICT (id) DO UPDATE SET metadata = EXCLUDED.metadata, updated_at = EXCLUDED.updated_at WHERE pghistory_context.metadata != EXCLUDED.metadata;
            END IF; RETURN i; END $$""")
        if mode=="null":
            cur.execute("CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS uuid LANGUAGE sql AS $$ select null::uuid $$")
    with pghistory.context(user=1), transaction.atomic():
        for n in range(8):
            s=cpu(); copy_rows([Party(code=f"{n}-{i}", name="x") for i in range(1000)])
            print(mode, n, round(cpu()-s,2))
    with connection.connection.cursor() as cur:
        cur.execute("select indexdef from pg_indexes where tablename in ('suite_partyevent','pghistory_context')"); 
        if mode=="ctx": print(*cur.fetchall(), sep="\n")
    assert 0
