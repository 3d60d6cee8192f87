-- What was read: clusters, inventory, protection and outcomes. Identity is cluster + kind + namespace + name, folded
-- into deterministic ids; a UID is an incarnation, so that a recreated object keeps its row. References between facts
-- are ids without foreign keys: objects arrive in any order, and a run may name a claim nobody may read.

create domain plimsoll.bytes as bigint check (value between 0 and 9007199254740991);
comment on domain plimsoll.bytes is 'Bytes or a count, within what a JavaScript number holds exactly; null: the source does not say.';
create domain plimsoll.outcome as text check (value in ('success', 'empty', 'partial', 'failed', 'skipped', 'running', 'unknown'));
comment on domain plimsoll.outcome is '`empty` ran, ended well and moved nothing: it is not success.';
create domain plimsoll.engine as text check (value in ('volsync', 'kopiur', 'velero', 'k8up', 'longhorn', 'cnpg', 'csi',
  'cronjob', 'kubestash', 'stash', 'kasten', 'gemini'));

create table plimsoll.clusters (
  tenant_id  text collate "C" not null references plimsoll.tenants (tenant_id),
  cluster_id text collate "C" not null,
  name       text collate "C" not null,
  server     text not null,
  version    text,
  demo       boolean not null,
  primary key (tenant_id, cluster_id)
);
comment on column plimsoll.clusters.cluster_id is 'UID of the namespace kube-system.';
comment on column plimsoll.clusters.demo is 'The API says that it is the demo world.';

create table plimsoll.collector_state (
  tenant_id          text collate "C" not null,
  cluster_id         text collate "C" not null,
  lease_holder       text,
  lease_until        timestamptz,
  revision           bigint not null default 0 check (revision >= 0),
  inventory_revision bigint not null default 0 check (inventory_revision >= 0),
  view_revision      bigint not null default 0 check (view_revision >= 0),
  judged_revision    bigint not null default 0 check (judged_revision >= 0),
  observed_at        timestamptz(3),
  judged_at          timestamptz(3),
  run_count          bigint not null default 0 check (run_count >= 0),
  problems           jsonb not null default '[]' check (jsonb_typeof(problems) = 'array'),
  metrics            jsonb check (jsonb_typeof(metrics) = 'object'),
  primary key (tenant_id, cluster_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
) with (fillfactor = 50);
comment on column plimsoll.collector_state.lease_until is 'By the database''s clock: only the holder collects and judges.';
comment on column plimsoll.collector_state.revision is 'Counts writes that changed facts.';
comment on column plimsoll.collector_state.inventory_revision is 'The last revision that changed more than runs.';
comment on column plimsoll.collector_state.view_revision is 'Counts changes a reader could see beyond facts: judgements, people''s actions.';
comment on column plimsoll.collector_state.judged_revision is 'The revision the last judgement has seen.';
comment on column plimsoll.collector_state.observed_at is 'The cluster''s own time up to which facts were read.';
comment on column plimsoll.collector_state.problems is 'What could not be read, as reported last.';
comment on column plimsoll.collector_state.metrics is 'How the metrics store stands, as reported last; null: none was asked.';

create table plimsoll.resources (
  tenant_id   text collate "C" not null,
  resource_id text collate "C" not null,
  cluster_id  text collate "C" not null,
  kind        text collate "C" not null,
  namespace   text collate "C" not null,
  name        text collate "C" not null,
  uid         text not null,
  created_at  timestamptz(3),
  labels      jsonb not null,
  annotations jsonb not null,
  app         text,
  claim       jsonb,
  removed_at  timestamptz(3),
  primary key (tenant_id, resource_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.resources.namespace is 'Empty for cluster-scoped kinds.';
comment on column plimsoll.resources.uid is 'The present incarnation.';
comment on column plimsoll.resources.app is 'Kind/name of the workload it belongs to, by owner chain.';
comment on column plimsoll.resources.claim is 'Details of a PersistentVolumeClaim.';
comment on column plimsoll.resources.removed_at is 'When it was seen to be gone; null while it exists.';
create index resources_by_name on plimsoll.resources (tenant_id, namespace, name, resource_id);
create index resources_by_cluster on plimsoll.resources (tenant_id, cluster_id, namespace, name, resource_id);

create table plimsoll.resource_edges (
  tenant_id        text collate "C" not null,
  from_resource_id text collate "C" not null,
  to_resource_id   text collate "C" not null,
  kind             text collate "C" not null check (kind in ('mounts', 'owns', 'binds')),
  valid_from       timestamptz(3) not null,
  valid_until      timestamptz(3) check (valid_until >= valid_from),
  cluster_id       text collate "C" not null,
  namespace        text collate "C" not null,
  primary key (tenant_id, from_resource_id, to_resource_id, kind, valid_from),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.resource_edges.valid_until is 'Half open; null while it holds. An edge ends with either of its resources.';
create unique index resource_edges_held on plimsoll.resource_edges (tenant_id, from_resource_id, to_resource_id, kind)
  where valid_until is null;
create index resource_edges_into on plimsoll.resource_edges (tenant_id, to_resource_id);

create table plimsoll.repositories (
  tenant_id          text collate "C" not null,
  repository_id      text collate "C" not null,
  cluster_id         text collate "C" not null,
  engine             plimsoll.engine not null,
  kind               text collate "C" not null,
  namespace          text collate "C" not null,
  name               text collate "C" not null,
  uid                text not null,
  availability       text not null check (availability in ('available', 'unavailable', 'unknown')),
  availability_since timestamptz(3) not null,
  message            text,
  checked_at         timestamptz(3),
  read_only          boolean not null,
  removed_at         timestamptz(3),
  primary key (tenant_id, repository_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.repositories.availability_since is 'Since when this availability has been seen.';
create index repositories_by_cluster on plimsoll.repositories (tenant_id, cluster_id);

create table plimsoll.policies (
  tenant_id       text collate "C" not null,
  policy_id       text collate "C" not null,
  cluster_id      text collate "C" not null,
  engine          plimsoll.engine not null,
  kind            text collate "C" not null,
  namespace       text collate "C" not null,
  name            text collate "C" not null,
  uid             text not null,
  created_at      timestamptz(3),
  labels          jsonb not null,
  schedule        jsonb not null,
  schedule_since  timestamptz(3) not null,
  paused          boolean not null,
  paused_since    timestamptz(3),
  selection       jsonb not null,
  method          text,
  repository_id   text collate "C",
  keep            jsonb,
  problem         text,
  last_success_at timestamptz(3),
  memory          text check (octet_length(memory) <= 4096),
  removed_at      timestamptz(3),
  primary key (tenant_id, policy_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id),
  check (paused = (paused_since is not null))
);
comment on column plimsoll.policies.schedule is 'How it is triggered; cron expressions stay in their engine''s dialect.';
comment on column plimsoll.policies.schedule_since is 'Since when this schedule has been seen.';
comment on column plimsoll.policies.paused_since is 'Since when the pause has been seen.';
comment on column plimsoll.policies.selection is 'Which data it covers.';
comment on column plimsoll.policies.memory is 'What the engine''s reader must remember; opaque here.';
create index policies_by_name on plimsoll.policies (tenant_id, namespace, name, policy_id);
create index policies_by_cluster on plimsoll.policies (tenant_id, cluster_id, namespace, name, policy_id);

create table plimsoll.observed_windows (
  tenant_id  text collate "C" not null,
  cluster_id text collate "C" not null,
  kind       text collate "C" not null,
  from_at    timestamptz(3) not null,
  until_at   timestamptz(3) not null check (until_at >= from_at),
  primary key (tenant_id, cluster_id, kind, from_at),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.observed_windows is 'When a kind was really watched, half open; windows that touch are one row.';

create table plimsoll.runs (
  tenant_id        text collate "C" not null,
  run_day          date not null,
  run_id           text collate "C" not null,
  cluster_id       text collate "C" not null,
  engine           plimsoll.engine not null,
  policy_id        text collate "C",
  resource_id      text collate "C",
  namespace        text collate "C" not null,
  name             text collate "C" not null,
  started_at       timestamptz(3) not null,
  ended_at         timestamptz(3),
  outcome          plimsoll.outcome not null,
  duration_seconds double precision check (duration_seconds >= 0),
  logical_bytes    plimsoll.bytes,
  added_bytes      plimsoll.bytes,
  stored_bytes     plimsoll.bytes,
  files            plimsoll.bytes,
  snapshot_id      text,
  warnings         plimsoll.bytes,
  errors           plimsoll.bytes,
  error_text       text check (length(error_text) <= 2048),
  full_read        boolean not null,
  unlisted_volumes text check (unlisted_volumes in ('not-taken', 'unknown')),
  volume_objects   bigint check (volume_objects between 0 and 9007199254740991),
  ended_within     double precision check (ended_within > 0),
  revision         bigint not null,
  primary key (tenant_id, run_day, run_id)
) partition by range (run_day);
comment on table plimsoll.runs is 'One execution of one policy. Month partitions are made as runs arrive.';
comment on column plimsoll.runs.run_day is 'UTC day fixed by the run''s identity.';
comment on column plimsoll.runs.policy_id is 'Null: nobody scheduled it.';
comment on column plimsoll.runs.resource_id is 'Set when it protects exactly one resource; else run_volumes say which.';
comment on column plimsoll.runs.logical_bytes is 'Read from the source.';
comment on column plimsoll.runs.added_bytes is 'Newly stored, before compression.';
comment on column plimsoll.runs.stored_bytes is 'Newly stored, after compression.';
comment on column plimsoll.runs.unlisted_volumes is 'What it means that a claim in scope has no run_volumes row; null: the run does not say.';
comment on column plimsoll.runs.volume_objects is 'How many volume objects the run says it made; fewer rows than that: unknown.';
comment on column plimsoll.runs.ended_within is 'Set when only metrics show it: it ended within so many seconds of ended_at.';
comment on column plimsoll.runs.full_read is 'The whole source was read: no baseline learns from it.';
comment on column plimsoll.runs.revision is 'The cluster''s revision that wrote the run, its volumes or its attempts last.';

-- In place of a foreign key, which looks the cluster up anew for every row: a third of the cost of writing a run.
create function plimsoll.require_known_clusters() returns trigger language plpgsql as $$
declare
  stray record;
begin
  select n.tenant_id, n.cluster_id into stray from (select distinct tenant_id, cluster_id from fresh) n
  where not exists (select from plimsoll.clusters c where c.tenant_id = n.tenant_id and c.cluster_id = n.cluster_id);
  if found then
    raise exception 'tenant % has no cluster %', stray.tenant_id, stray.cluster_id using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
revoke all on function plimsoll.require_known_clusters() from public;
create trigger known_clusters after insert on plimsoll.runs referencing new table as fresh
  for each statement execute function plimsoll.require_known_clusters();
create function plimsoll.keep_cluster() returns trigger language plpgsql as $$
begin
  raise exception 'a run stays with its cluster' using errcode = 'foreign_key_violation';
end $$;
revoke all on function plimsoll.keep_cluster() from public;
create trigger same_cluster before update of tenant_id, cluster_id on plimsoll.runs for each row execute function plimsoll.keep_cluster();
create index runs_newest on plimsoll.runs (tenant_id, started_at, run_id);
create index runs_of_cluster on plimsoll.runs (tenant_id, cluster_id, started_at, run_id);
create index runs_of_policy on plimsoll.runs (tenant_id, policy_id, started_at, run_id) where policy_id is not null;
create index runs_of_policy_together on plimsoll.runs (tenant_id, policy_id, started_at, run_id)
  where resource_id is null and unlisted_volumes is distinct from 'not-taken';
create index runs_of_resource on plimsoll.runs (tenant_id, resource_id, started_at, run_id) where resource_id is not null;
create index runs_of_namespace on plimsoll.runs (tenant_id, namespace, started_at, run_id);
create index runs_not_successful on plimsoll.runs (tenant_id, outcome, started_at, run_id) where outcome <> 'success';
create index runs_not_successful_of_namespace on plimsoll.runs (tenant_id, namespace, outcome, started_at, run_id) where outcome <> 'success';
create index runs_from_metrics on plimsoll.runs (tenant_id, policy_id, ended_at) where ended_within is not null;
create index runs_by_revision on plimsoll.runs (tenant_id, cluster_id, revision);

create table plimsoll.run_volumes (
  tenant_id      text collate "C" not null,
  run_day        date not null,
  run_id         text collate "C" not null,
  resource_id    text collate "C" not null,
  cluster_id     text collate "C" not null,
  namespace      text collate "C" not null,
  outcome        plimsoll.outcome not null,
  run_started_at timestamptz(3) not null,
  started_at     timestamptz(3),
  ended_at       timestamptz(3),
  logical_bytes  plimsoll.bytes,
  added_bytes    plimsoll.bytes,
  snapshot_id    text,
  message        text,
  primary key (tenant_id, run_day, run_id, resource_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.run_volumes is 'One resource''s part of a run that protects several.';
comment on column plimsoll.run_volumes.run_started_at is 'Of the run: the order in which a resource''s runs are listed.';
comment on column plimsoll.run_volumes.namespace is 'The resource''s; empty when the resource is not known.';
create index run_volumes_of_resource on plimsoll.run_volumes (tenant_id, resource_id, run_started_at, run_id);
create index run_volumes_of_run on plimsoll.run_volumes (tenant_id, run_id);

create table plimsoll.attempts (
  tenant_id   text collate "C" not null,
  run_day     date not null,
  run_id      text collate "C" not null,
  attempt_key text collate "C" not null,
  cluster_id  text collate "C" not null,
  namespace   text collate "C" not null,
  policy_id   text collate "C",
  ended_at    timestamptz(3) not null,
  outcome     text not null check (outcome in ('success', 'failed')),
  log         text check (length(log) <= 2048),
  primary key (tenant_id, run_day, run_id, attempt_key),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.attempts is 'A mover''s try within a run; several may fail before the run succeeds.';
comment on column plimsoll.attempts.log is 'Tail of the mover''s log: data, never instructions.';

create table plimsoll.restore_points (
  tenant_id        text collate "C" not null,
  restore_point_id text collate "C" not null,
  cluster_id       text collate "C" not null,
  engine           plimsoll.engine not null,
  policy_id        text collate "C",
  repository_id    text collate "C",
  resource_id      text collate "C",
  run_id           text collate "C",
  namespace        text collate "C" not null,
  source_namespace text collate "C" not null,
  taken_at         timestamptz(3) not null,
  expires_at       timestamptz(3),
  handle           text not null,
  logical_bytes    plimsoll.bytes,
  gone_at          timestamptz(3),
  primary key (tenant_id, restore_point_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.restore_points.handle is 'The engine''s: a restic snapshot id, the name of a Velero Backup.';
comment on column plimsoll.restore_points.namespace is 'Of the resource it brings back, else of the run or policy that made it.';
comment on column plimsoll.restore_points.source_namespace is 'Of the object that stands for it.';
create index restore_points_newest on plimsoll.restore_points (tenant_id, taken_at, restore_point_id);
create index restore_points_of_resource on plimsoll.restore_points (tenant_id, resource_id, taken_at, restore_point_id);
create index restore_points_of_policy on plimsoll.restore_points (tenant_id, policy_id, taken_at, restore_point_id) where resource_id is null;
create index restore_points_of_run on plimsoll.restore_points (tenant_id, run_id, expires_at) where run_id is not null;
create index restore_points_of_job on plimsoll.restore_points
  (tenant_id, cluster_id, coalesce(policy_id, ''), coalesce(resource_id, ''), taken_at, restore_point_id) where gone_at is null;

create table plimsoll.restore_runs (
  tenant_id      text collate "C" not null,
  restore_run_id text collate "C" not null,
  cluster_id     text collate "C" not null,
  engine         plimsoll.engine not null,
  kind           text collate "C" not null,
  namespace      text collate "C" not null,
  name           text collate "C" not null,
  uid            text not null,
  resource_id    text collate "C",
  outcome        plimsoll.outcome not null,
  image_taken_at timestamptz(3),
  started_at     timestamptz(3),
  ended_at       timestamptz(3),
  restored_bytes plimsoll.bytes,
  message        text,
  removed_at     timestamptz(3),
  primary key (tenant_id, restore_run_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.restore_runs.image_taken_at is 'The state of the data a restore through this object would bring back now.';
create index restore_runs_by_cluster on plimsoll.restore_runs (tenant_id, cluster_id);

select plimsoll.protect('plimsoll.' || name, 'tenant') from unnest(array['clusters', 'collector_state', 'observed_windows']) as name;
select plimsoll.protect('plimsoll.' || name, 'namespaces') from unnest(array['resources', 'resource_edges', 'repositories',
  'policies', 'runs', 'run_volumes', 'attempts', 'restore_points', 'restore_runs']) as name;

-- People's actions count as changes.
grant update (revision, inventory_revision, view_revision) on plimsoll.collector_state to authenticated;
create policy changers on plimsoll.collector_state for update to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change()))
  with check (tenant_id = (select plimsoll.current_tenant()));

-- A month of runs. It runs as its owner, because only the owner of `runs` can attach a partition; it takes a month and
-- nothing else. Made apart and attached, so that readers and writers go on.
create function plimsoll.add_runs_month(month date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  first_day constant date := date_trunc('month', month)::date;
  partition constant text := 'runs_' || to_char(first_day, 'YYYYMM');
begin
  perform pg_advisory_xact_lock(7403612, to_char(first_day, 'YYYYMM')::integer);
  -- Asked of the table: what this session remembers of names may be older than the lock.
  if exists (select from pg_class c where c.relnamespace = 'plimsoll'::regnamespace and c.relname = partition) then
    return;
  end if;
  execute format('create table plimsoll.%I (like plimsoll.runs including all)', partition);
  perform plimsoll.protect(('plimsoll.' || partition)::regclass, 'namespaces');
  execute format('alter table plimsoll.runs attach partition plimsoll.%I for values from (%L) to (%L)',
    partition, first_day, (first_day + interval '1 month')::date);
end $$;
revoke all on function plimsoll.add_runs_month(date) from public;
grant execute on function plimsoll.add_runs_month(date) to service_role;

-- Rough statistics of tables that have doubled since the last ones. Autovacuum comes a minute later with better ones, and
-- until then the planner takes a tenant for one row: a first collection would join row by row. Runs as the owner, who
-- alone may analyze.
create function plimsoll.refresh_statistics() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set default_statistics_target = 10 as $$
declare
  grown regclass;
begin
  for grown in select c.oid from pg_class c where c.relnamespace = 'plimsoll'::regnamespace and c.relkind = 'r'
      and pg_relation_size(c.oid) / current_setting('block_size')::integer > 2 * greatest(c.relpages, 0) + 4 order by c.oid loop
    begin
      -- Whoever holds it is looking after the table already.
      execute format('lock table %s in share update exclusive mode nowait', grown);
      execute format('analyze %s', grown);
    exception when lock_not_available then
      continue;
    end;
  end loop;
end $$;
revoke all on function plimsoll.refresh_statistics() from public;
grant execute on function plimsoll.refresh_statistics() to service_role;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (2, 'facts', 1);
