import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
import suite.core.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hrm', '0001_initial'),
        ('suite', '0001_initial'),
    ]

    operations = [
        suite.core.migrations.Together(
            operations=[migrations.CreateModel(
                name='CompanyProfile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                    ('staff', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='number of people')),
                    ('revenue', models.DecimalField(decimal_places=2, help_text='in the base currency', max_digits=18, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='revenue of a year')),
                    ('business_type', models.CharField(choices=[('TRADE', 'Trade'), ('MANUFACTURING', 'Manufacturing'), ('RESEARCH', 'Research and development'), ('SERVICE', 'Services')], max_length=16, verbose_name='lives from')),
                    ('purchase_ratio', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='purchases in revenue, %')),
                    ('item_count', models.PositiveIntegerField(default=0, verbose_name='number of items')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'company profile',
                    'verbose_name_plural': 'company profiles',
                    'ordering': ('-at', '-pk'),
                    'constraints': [models.CheckConstraint(condition=models.Q(('staff__gte', 1)), name='companyprofile_staff'), models.CheckConstraint(condition=models.Q(('purchase_ratio__gte', 0), ('purchase_ratio__lte', 100)), name='companyprofile_purchase_ratio')],
                },
            ), migrations.CreateModel(
                name='GateOverride',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                    ('code', models.CharField(max_length=60, verbose_name='system')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('expires_at', models.DateTimeField(verbose_name='expires')),
                    ('requested_at', models.DateTimeField(verbose_name='requested at')),
                    ('signed_at', models.DateTimeField(null=True, verbose_name='signed at')),
                    ('used_at', models.DateTimeField(null=True, verbose_name='used at')),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                    ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='first signature')),
                    ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='second signature')),
                ],
                options={
                    'verbose_name': 'exception',
                    'verbose_name_plural': 'exceptions',
                    'ordering': ('-requested_at', '-pk'),
                    'constraints': [models.CheckConstraint(condition=models.Q(('signed_by', models.F('requested_by')), _negated=True), name='gateoverride_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('signed_at__isnull', True), ('signed_by__isnull', True)), models.Q(('signed_at__isnull', False), ('signed_by__isnull', False)), _connector='OR'), name='gateoverride_signed'), models.CheckConstraint(condition=models.Q(('used_at__isnull', True), ('signed_at__isnull', False), _connector='OR'), name='gateoverride_used_when_signed'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('requested_at'))), name='gateoverride_expires_later')],
                },
            ), migrations.CreateModel(
                name='Stage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                    ('code', models.CharField(max_length=60, unique=True, verbose_name='system')),
                    ('status', models.CharField(choices=[('LOCKED', 'Not unlocked'), ('DIAGNOSIS', 'Diagnosis'), ('CONFIG', 'Configuration'), ('MIGRATION', 'Migration and training'), ('LIVE', 'Live, on trial'), ('STABLE', 'Stable'), ('PAUSED', 'Paused')], default='LOCKED', max_length=12, verbose_name='status')),
                    ('since', models.DateTimeField(null=True, verbose_name='since')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='hrm.employee', verbose_name='business owner')),
                    ('sponsor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='hrm.employee', verbose_name='sponsor')),
                ],
                options={
                    'verbose_name': 'rollout stage',
                    'verbose_name_plural': 'rollout stages',
                    'permissions': (('manage_stage', 'Can open and close systems'),),
                    'constraints': [models.UniqueConstraint(models.Value(1), condition=models.Q(('status__in', ['CONFIG', 'MIGRATION']), models.Q(('code__in', ['oa']), _negated=True)), name='stage_one_at_a_time')],
                },
            ), migrations.CreateModel(
                name='ThresholdSetting',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                    ('check_code', models.CharField(max_length=120, unique=True, verbose_name='check')),
                    ('threshold', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='threshold')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'threshold',
                    'verbose_name_plural': 'thresholds',
                },
            ), migrations.CreateModel(
                name='CheckResult',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('check_code', models.CharField(max_length=120, verbose_name='check')),
                    ('value', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='value')),
                    ('threshold', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='threshold')),
                    ('numerator', models.IntegerField(null=True, verbose_name='fulfilled')),
                    ('denominator', models.IntegerField(null=True, verbose_name='looked at')),
                    ('outcome', models.CharField(choices=[('PASSED', 'Passed'), ('FAILED', 'Not reached'), ('NO_DATA', 'No data')], max_length=8, verbose_name='result')),
                    ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                    ('evidence_url', models.CharField(blank=True, max_length=500, verbose_name='evidence')),
                    ('at', models.DateTimeField(verbose_name='at')),
                ],
                options={
                    'verbose_name': 'check result',
                    'verbose_name_plural': 'check results',
                    'ordering': ('-at', '-pk'),
                    'indexes': [models.Index(fields=['check_code', '-at'], name='checkresult_check_at')],
                },
            ), migrations.CreateModel(
                name='PainAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('pain', models.CharField(choices=[('CUSTOMERS_IN_HEADS', 'Customers are remembered by people and leave with them'), ('APPROVALS_JAMMED', 'Approvals get stuck'), ('PEOPLE_CHAOS', 'Hiring and attendance are chaotic'), ('BOOKS_UNCLEAR', 'Nobody knows for sure what is in stock and what was earned'), ('STOCK_WRONG', 'Stock on the shelf differs from the records'), ('PROGRESS_UNKNOWN', 'The progress of production is unknown'), ('SUPPLIER_DELAYS', 'Suppliers deliver late'), ('REPEATED_DEFECTS', 'The same defects come back'), ('GUT_DECISIONS', 'Decisions are made by gut feeling')], max_length=20, verbose_name='pain')),
                    ('severity', models.PositiveSmallIntegerField(choices=[(0, 'Not at all'), (1, 'Slightly'), (2, 'Noticeably'), (3, 'Clearly'), (4, 'Heavily'), (5, 'Unbearably')], verbose_name='how badly')),
                    ('frequency', models.PositiveSmallIntegerField(choices=[(1, 'A few times a year'), (2, 'Every month'), (3, 'Every week'), (4, 'Every day')], default=2, verbose_name='how often')),
                    ('money', models.PositiveSmallIntegerField(choices=[(1, 'Little'), (2, 'Noticeable'), (3, 'Much')], default=2, verbose_name='what it costs')),
                    ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pains', to='rollout.companyprofile', verbose_name='profile')),
                ],
                options={
                    'verbose_name': 'pain',
                    'verbose_name_plural': 'pains',
                    'constraints': [models.UniqueConstraint(models.F('profile'), models.F('pain'), name='painanswer_once'), models.CheckConstraint(condition=models.Q(('frequency__range', (1, 4)), ('money__range', (1, 3)), ('severity__lte', 5)), name='painanswer_ranges')],
                },
            ), migrations.CreateModel(
                name='StageChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=60, verbose_name='system')),
                    ('from_status', models.CharField(choices=[('LOCKED', 'Not unlocked'), ('DIAGNOSIS', 'Diagnosis'), ('CONFIG', 'Configuration'), ('MIGRATION', 'Migration and training'), ('LIVE', 'Live, on trial'), ('STABLE', 'Stable'), ('PAUSED', 'Paused')], max_length=12, verbose_name='before')),
                    ('to_status', models.CharField(choices=[('LOCKED', 'Not unlocked'), ('DIAGNOSIS', 'Diagnosis'), ('CONFIG', 'Configuration'), ('MIGRATION', 'Migration and training'), ('LIVE', 'Live, on trial'), ('STABLE', 'Stable'), ('PAUSED', 'Paused')], max_length=12, verbose_name='after')),
                    ('reason', models.TextField(blank=True, verbose_name='reason')),
                    ('gate', models.JSONField(default=dict, verbose_name='gate')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('override', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='rollout.gateoverride', verbose_name='exception')),
                ],
                options={
                    'verbose_name': 'stage change',
                    'verbose_name_plural': 'stage changes',
                    'ordering': ('-at', '-pk'),
                    'indexes': [models.Index(fields=['code', '-at'], name='stagechange_code_at')],
                },
            ), pgtrigger.migrations.AddTrigger(
                model_name='checkresult',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6281f6113edec9068a089ec598c7f263d04968be', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d7470', table='rollout_checkresult', when='BEFORE')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='stagechange',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ea6055c522f6c3cfa2f16bb23aca44c1d26be57e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_aa5be', table='rollout_stagechange', when='BEFORE')),
            )],
        ),
    ]
