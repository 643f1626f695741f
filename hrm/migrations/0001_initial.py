import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
import suite.core.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('suite', '0001_initial'),
    ]

    operations = [
        suite.core.migrations.Together(
            operations=[migrations.CreateModel(
                name='StandardRole',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40, unique=True, verbose_name='code')),
                    ('role', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='standard', to='auth.group', verbose_name='role')),
                ],
                options={
                    'verbose_name': 'standard role',
                    'verbose_name_plural': 'standard roles',
                },
            ), migrations.CreateModel(
                name='Department',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                    ('code', models.CharField(max_length=30, verbose_name='code')),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('kind', models.CharField(choices=[('COMPANY', 'Company'), ('BRANCH', 'Branch'), ('DEPARTMENT', 'Department')], default='DEPARTMENT', max_length=12, verbose_name='kind')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('sort_order', models.PositiveIntegerField(default=0, verbose_name='order')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('path', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, editable=False, size=None)),
                    ('search_text', models.TextField(blank=True, default='', editable=False, verbose_name='search text')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departments', to='suite.company', verbose_name='company')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='hrm.department', verbose_name='belongs to')),
                    ('head', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='heads', to='hrm.employee', verbose_name='head')),
                ],
                options={
                    'verbose_name': 'department',
                    'verbose_name_plural': 'departments',
                    'ordering': ('company', 'sort_order', 'code', 'pk'),
                    'indexes': [django.contrib.postgres.indexes.GinIndex(models.F('path'), name='department_path'), django.contrib.postgres.indexes.GinIndex(fields=['search_text'], name='hrm_department_s', opclasses=['gin_trgm_ops'])],
                    'constraints': [models.UniqueConstraint(models.F('company'), models.F('code'), name='department_code_once'), models.CheckConstraint(condition=models.Q(('parent', models.F('pk')), _negated=True), name='department_not_own_parent'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='department_valid_period')],
                },
            ), migrations.CreateModel(
                name='Position',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                    ('code', models.CharField(max_length=30, unique=True, verbose_name='code')),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('level', models.CharField(blank=True, max_length=20, verbose_name='level')),
                    ('planned_headcount', models.PositiveIntegerField(default=0, verbose_name='planned headcount')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('search_text', models.TextField(blank=True, default='', editable=False, verbose_name='search text')),
                    ('department', models.ForeignKey(blank=True, help_text='Empty: a position of the whole company.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='hrm.department', verbose_name='department')),
                ],
                options={
                    'verbose_name': 'position',
                    'verbose_name_plural': 'positions',
                    'ordering': ('code',),
                    'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search_text'], name='hrm_position_s', opclasses=['gin_trgm_ops'])],
                },
            ), migrations.CreateModel(
                name='Employee',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                    ('number', models.CharField(max_length=30, verbose_name='employee number')),
                    ('name', models.CharField(max_length=80, verbose_name='full name')),
                    ('hire_date', models.DateField(verbose_name='hire date')),
                    ('leave_date', models.DateField(blank=True, null=True, verbose_name='leave date')),
                    ('status', models.CharField(choices=[('PENDING', 'Joining'), ('PROBATION', 'On probation'), ('REGULAR', 'Regular'), ('LEAVING', 'Leaving'), ('LEFT', 'Left')], db_index=True, default='PENDING', editable=False, max_length=20, verbose_name='status')),
                    ('phone', models.CharField(blank=True, max_length=30, verbose_name='phone')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email')),
                    ('gender', models.CharField(blank=True, choices=[('FEMALE', 'Female'), ('MALE', 'Male')], max_length=6, verbose_name='gender')),
                    ('id_number', models.CharField(blank=True, max_length=18, verbose_name='ID card number')),
                    ('bank_account', models.CharField(blank=True, max_length=40, verbose_name='bank account')),
                    ('birth_date', models.DateField(blank=True, null=True, verbose_name='birth date')),
                    ('search_text', models.TextField(blank=True, default='', editable=False, verbose_name='search text')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='employees', to='suite.company', verbose_name='company')),
                    ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='employees', to='hrm.department', verbose_name='department')),
                    ('manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='hrm.employee', verbose_name='manager')),
                    ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='employee', to=settings.AUTH_USER_MODEL, verbose_name='user account')),
                    ('position', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='employees', to='hrm.position', verbose_name='position')),
                ],
                options={
                    'verbose_name': 'employee',
                    'verbose_name_plural': 'employees',
                    'ordering': ('number', 'pk'),
                    'indexes': [models.Index(fields=['department', 'status'], name='employee_department_status'), models.Index(fields=['position', 'status'], name='employee_position_status'), django.contrib.postgres.indexes.GinIndex(fields=['search_text'], name='hrm_employee_s', opclasses=['gin_trgm_ops'])],
                    'constraints': [models.UniqueConstraint(models.F('company'), models.F('number'), name='employee_number_once'), models.CheckConstraint(condition=models.Q(('manager', models.F('pk')), _negated=True), name='employee_not_own_manager'), models.CheckConstraint(condition=models.Q(('leave_date__isnull', True), ('leave_date__gte', models.F('hire_date')), _connector='OR'), name='employee_leave_date'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'LEFT'), _negated=True), ('leave_date__isnull', False), _connector='OR'), name='employee_left_dated')],
                },
            ), migrations.CreateModel(
                name='PositionEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('code', models.CharField(max_length=30, verbose_name='code')),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('level', models.CharField(blank=True, max_length=20, verbose_name='level')),
                    ('planned_headcount', models.PositiveIntegerField(default=0, verbose_name='planned headcount')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('department', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: a position of the whole company.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='hrm.department', verbose_name='department')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='hrm.position')),
                ],
                options={
                    'abstract': False,
                },
            ), migrations.CreateModel(
                name='DepartmentEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('code', models.CharField(max_length=30, verbose_name='code')),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('kind', models.CharField(choices=[('COMPANY', 'Company'), ('BRANCH', 'Branch'), ('DEPARTMENT', 'Department')], default='DEPARTMENT', max_length=12, verbose_name='kind')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('sort_order', models.PositiveIntegerField(default=0, verbose_name='order')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('company', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='suite.company', verbose_name='company')),
                    ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='hrm.department', verbose_name='belongs to')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='hrm.department')),
                    ('head', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='hrm.employee', verbose_name='head')),
                ],
                options={
                    'abstract': False,
                },
            ), migrations.CreateModel(
                name='EmployeeEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('number', models.CharField(max_length=30, verbose_name='employee number')),
                    ('name', models.CharField(max_length=80, verbose_name='full name')),
                    ('hire_date', models.DateField(verbose_name='hire date')),
                    ('leave_date', models.DateField(blank=True, null=True, verbose_name='leave date')),
                    ('status', models.CharField(choices=[('PENDING', 'Joining'), ('PROBATION', 'On probation'), ('REGULAR', 'Regular'), ('LEAVING', 'Leaving'), ('LEFT', 'Left')], default='PENDING', editable=False, max_length=20, verbose_name='status')),
                    ('phone', models.CharField(blank=True, max_length=30, verbose_name='phone')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email')),
                    ('gender', models.CharField(blank=True, choices=[('FEMALE', 'Female'), ('MALE', 'Male')], max_length=6, verbose_name='gender')),
                    ('id_number', models.CharField(blank=True, max_length=18, verbose_name='ID card number')),
                    ('bank_account', models.CharField(blank=True, max_length=40, verbose_name='bank account')),
                    ('birth_date', models.DateField(blank=True, null=True, verbose_name='birth date')),
                    ('company', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='suite.company', verbose_name='company')),
                    ('department', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='hrm.department', verbose_name='department')),
                    ('manager', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='hrm.employee', verbose_name='manager')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='hrm.employee')),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user account')),
                    ('position', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='hrm.position', verbose_name='position')),
                ],
                options={
                    'abstract': False,
                },
            ), pgtrigger.migrations.AddTrigger(
                model_name='department',
                trigger=pgtrigger.compiler.Trigger(name='path', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE above bigint[];', func="\n        PERFORM pg_advisory_xact_lock(hashtextextended('hrm_department', NEW.company_id));\n        IF NEW.parent_id IS NULL THEN\n            NEW.path := ARRAY[NEW.id];\n            RETURN NEW;\n        END IF;\n        SELECT path INTO above FROM hrm_department WHERE id = NEW.parent_id AND company_id = NEW.company_id;\n        IF above IS NULL THEN\n            RAISE EXCEPTION 'department % is not of company %', NEW.parent_id, NEW.company_id\n                USING ERRCODE = 'check_violation';\n        END IF;\n        IF NEW.id = ANY(above) THEN\n            RAISE EXCEPTION 'department % would stand above itself', NEW.id USING ERRCODE = 'check_violation';\n        END IF;\n        NEW.path := above || NEW.id;\n        RETURN NEW;\n        ", hash='90ebeab5df53125cfc35cfbf78f3446b46b96c53', operation='INSERT OR UPDATE OF "parent_id", "path"', pgid='pgtrigger_path_2fbc6', table='hrm_department', when='BEFORE')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='department',
                trigger=pgtrigger.compiler.Trigger(name='subtree', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."path" IS DISTINCT FROM (NEW."path"))', func='\n        UPDATE hrm_department SET path = NEW.path || id WHERE parent_id = NEW.id;\n        RETURN NULL;\n        ', hash='dc5854909af7723f63080054452af7af20f665fa', operation='UPDATE', pgid='pgtrigger_subtree_14d81', table='hrm_department', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='department',
                trigger=pgtrigger.compiler.Trigger(name='company_fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."company_id" IS DISTINCT FROM (NEW."company_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='4cd272b3dac5931546f8d937e83458fa3d83d447', operation='UPDATE', pgid='pgtrigger_company_fixed_f3196', table='hrm_department', when='BEFORE')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='department',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "hrm_departmentevent" ("code", "company_id", "created_at", "head_id", "id", "is_active", "kind", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sort_order", "valid_from", "valid_to") VALUES (NEW."code", NEW."company_id", NEW."created_at", NEW."head_id", NEW."id", NEW."is_active", NEW."kind", NEW."name", NEW."parent_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."sort_order", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='e8865edd1f6ae17529436e2cd95b88357c87294b', operation='INSERT', pgid='pgtrigger_insert_insert_55a1d', table='hrm_department', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='department',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."head_id" IS DISTINCT FROM (NEW."head_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."sort_order" IS DISTINCT FROM (NEW."sort_order") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_to" IS DISTINCT FROM (NEW."valid_to"))', func='INSERT INTO "hrm_departmentevent" ("code", "company_id", "created_at", "head_id", "id", "is_active", "kind", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sort_order", "valid_from", "valid_to") VALUES (NEW."code", NEW."company_id", NEW."created_at", NEW."head_id", NEW."id", NEW."is_active", NEW."kind", NEW."name", NEW."parent_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."sort_order", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='0e81cc76fda247c204ec66cf21a5ddc2132a4045', operation='UPDATE', pgid='pgtrigger_update_update_dc00d', table='hrm_department', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='position',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "hrm_positionevent" ("code", "created_at", "department_id", "id", "is_active", "level", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_headcount") VALUES (NEW."code", NEW."created_at", NEW."department_id", NEW."id", NEW."is_active", NEW."level", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."planned_headcount"); RETURN NULL;', hash='0335f8aac3726548a7a6a0f406a60a9b55a128fd', operation='INSERT', pgid='pgtrigger_insert_insert_41a36', table='hrm_position', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='position',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."department_id" IS DISTINCT FROM (NEW."department_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."level" IS DISTINCT FROM (NEW."level") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."planned_headcount" IS DISTINCT FROM (NEW."planned_headcount"))', func='INSERT INTO "hrm_positionevent" ("code", "created_at", "department_id", "id", "is_active", "level", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_headcount") VALUES (NEW."code", NEW."created_at", NEW."department_id", NEW."id", NEW."is_active", NEW."level", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."planned_headcount"); RETURN NULL;', hash='13db6b0026262c49476eda784042721bec5fa12a', operation='UPDATE', pgid='pgtrigger_update_update_05be1', table='hrm_position', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='employee',
                trigger=pgtrigger.compiler.Trigger(name='manager_acyclic', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."manager_id" IS DISTINCT FROM (NEW."manager_id"))', func="\n        IF NEW.manager_id IS NOT NULL THEN\n            PERFORM pg_advisory_xact_lock(hashtextextended('hrm_employee', 0));\n            IF EXISTS (\n                WITH RECURSIVE above(id) AS (\n                    SELECT NEW.manager_id\n                    UNION\n                    SELECT e.manager_id FROM hrm_employee e JOIN above ON e.id = above.id\n                    WHERE e.manager_id IS NOT NULL\n                )\n                SELECT FROM above WHERE id = NEW.id\n            ) THEN\n                RAISE EXCEPTION 'employee % would manage themselves', NEW.id USING ERRCODE = 'check_violation';\n            END IF;\n        END IF;\n        RETURN NEW;\n        ", hash='253b4c680b52037901d3b888fbe5aa72f9553089', operation='UPDATE', pgid='pgtrigger_manager_acyclic_dbbe3', table='hrm_employee', when='BEFORE')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='employee',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "hrm_employeeevent" ("bank_account", "birth_date", "company_id", "created_at", "department_id", "email", "gender", "hire_date", "id", "id_number", "leave_date", "manager_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "position_id", "status", "user_id") VALUES (NEW."bank_account", NEW."birth_date", NEW."company_id", NEW."created_at", NEW."department_id", NEW."email", NEW."gender", NEW."hire_date", NEW."id", NEW."id_number", NEW."leave_date", NEW."manager_id", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."position_id", NEW."status", NEW."user_id"); RETURN NULL;', hash='59c396ac7899964c226a945d580357c467e89978', operation='INSERT', pgid='pgtrigger_insert_insert_db2f8', table='hrm_employee', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='employee',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."bank_account" IS DISTINCT FROM (NEW."bank_account") OR OLD."birth_date" IS DISTINCT FROM (NEW."birth_date") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."department_id" IS DISTINCT FROM (NEW."department_id") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."gender" IS DISTINCT FROM (NEW."gender") OR OLD."hire_date" IS DISTINCT FROM (NEW."hire_date") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."id_number" IS DISTINCT FROM (NEW."id_number") OR OLD."leave_date" IS DISTINCT FROM (NEW."leave_date") OR OLD."manager_id" IS DISTINCT FROM (NEW."manager_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."position_id" IS DISTINCT FROM (NEW."position_id") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "hrm_employeeevent" ("bank_account", "birth_date", "company_id", "created_at", "department_id", "email", "gender", "hire_date", "id", "id_number", "leave_date", "manager_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "position_id", "status", "user_id") VALUES (NEW."bank_account", NEW."birth_date", NEW."company_id", NEW."created_at", NEW."department_id", NEW."email", NEW."gender", NEW."hire_date", NEW."id", NEW."id_number", NEW."leave_date", NEW."manager_id", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."position_id", NEW."status", NEW."user_id"); RETURN NULL;', hash='9e1343033edea829f985e6af8384b2d02358d7ab', operation='UPDATE', pgid='pgtrigger_update_update_1f1fe', table='hrm_employee', when='AFTER')),
            )],
        ),
    ]
