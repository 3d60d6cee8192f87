-- What was concluded: expected runs, coverage, job states, findings and their life, risk, recommendations; and what
-- people decide: exemptions, objectives. Judgement names facts by id; evidence copies value and time.

create table plimsoll.protections (
  tenant_id   text collate "C" not null,
  policy_id   text collate "C" not null,
  resource_id text collate "C" not null,
  cluster_id  text collate "C" not null,
  namespace   text collate "C" not null,
  primary key (tenant_id, policy_id, resource_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.protections is 'Which policy covers which resource, as last judged.';
create index protections_of_resource on plimsoll.protections (tenant_id, resource_id);

create table plimsoll.exemptions (
  tenant_id   text collate "C" not null,
  resource_id text collate "C" not null,
  cluster_id  text collate "C" not null,
  namespace   text collate "C" not null,
  reason      text not null check (length(btrim(reason)) between 1 and 500),
  owner       text not null,
  created_at  timestamptz(3) not null,
  expires_at  timestamptz(3) check (expires_at > created_at),
  primary key (tenant_id, resource_id),
  foreign key (tenant_id, resource_id) references plimsoll.resources (tenant_id, resource_id)
);
comment on table plimsoll.exemptions is 'Resources somebody decided not to back up, with reason and end.';

create table plimsoll.objectives (
  tenant_id   text collate "C" not null,
  scope       text collate "C" not null,
  level       text not null check (level in ('tenant', 'cluster', 'namespace', 'resource')),
  cluster_id  text collate "C" check ((cluster_id is null) = (level = 'tenant')),
  namespace   text collate "C" check ((namespace is null) = (level in ('tenant', 'cluster'))),
  resource_id text collate "C" check ((resource_id is null) = (level <> 'resource')),
  rpo_seconds double precision check (rpo_seconds > 0),
  rto_seconds double precision check (rto_seconds > 0),
  reason      text check (length(btrim(reason)) between 1 and 500),
  owner       text not null,
  created_at  timestamptz(3) not null,
  primary key (tenant_id, scope),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id),
  foreign key (tenant_id, resource_id) references plimsoll.resources (tenant_id, resource_id)
);
comment on table plimsoll.objectives is 'What people ask for; the narrower scope wins, each of RPO and RTO by itself. Both null: taken back.';
comment on column plimsoll.objectives.scope is '`all`, `cluster/…`, `namespace/…/…` or `resource/…`: in the order in which they are inherited.';
comment on column plimsoll.objectives.rpo_seconds is 'Target: the oldest acceptable newest restore point.';
comment on column plimsoll.objectives.rto_seconds is 'Target: the longest acceptable restore.';

create table plimsoll.expected_runs (
  tenant_id  text collate "C" not null,
  job_id     text collate "C" not null,
  policy_id  text collate "C" not null,
  due_at     timestamptz(3) not null,
  cluster_id text collate "C" not null,
  namespace  text collate "C" not null,
  state      text not null check (state in ('met', 'late', 'missed', 'unobserved', 'excused')),
  run_id     text collate "C",
  decided_at timestamptz(3) not null,
  primary key (tenant_id, job_id, due_at),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.expected_runs.job_id is 'The policy; where it runs for each claim apart, with the claim after a colon.';
comment on column plimsoll.expected_runs.state is '`unobserved`: nobody was watching then; `excused`: paused or suspended.';

create table plimsoll.coverage (
  tenant_id       text collate "C" not null,
  resource_id     text collate "C" not null,
  cluster_id      text collate "C" not null,
  namespace       text collate "C" not null,
  name            text collate "C" not null,
  state           text collate "C" not null check (state in ('protected', 'never-succeeded', 'uncovered', 'exempt', 'unknown')),
  reason          text not null,
  policy_ids      text[] not null,
  last_success_at timestamptz(3),
  primary key (tenant_id, resource_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
create index coverage_by_name on plimsoll.coverage (tenant_id, namespace, name, resource_id);

create table plimsoll.baselines (
  tenant_id   text collate "C" not null,
  job_id      text collate "C" not null,
  cluster_id  text collate "C" not null,
  policy_id   text collate "C",
  resource_id text collate "C",
  state       text not null check (octet_length(state) <= 16384),
  wake_at     timestamptz(3),
  primary key (tenant_id, cluster_id, job_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.baselines.state is 'The bounded memory of one job; only the judging code reads it.';
comment on column plimsoll.baselines.wake_at is 'When the job must be judged again though nothing happens.';

create function plimsoll.severity_rank(severity text) returns smallint language sql immutable as $$
  select case severity when 'critical' then 4 when 'high' then 3 when 'medium' then 2 when 'low' then 1 end::smallint
$$;

create table plimsoll.findings (
  tenant_id           text collate "C" not null,
  finding_id          text collate "C" not null,
  fingerprint         text collate "C" not null,
  cluster_id          text collate "C" not null,
  kind                text collate "C" not null,
  severity            text not null check (severity in ('critical', 'high', 'medium', 'low')),
  severity_rank       smallint not null generated always as (
    case severity when 'critical' then 4 when 'high' then 3 when 'medium' then 2 else 1 end) stored,
  state               text not null check (state in ('open', 'acknowledged', 'expected', 'resolved')),
  namespace           text collate "C" not null,
  policy_id           text collate "C",
  policy              text,
  resource_id         text collate "C",
  resource            text,
  repository_id       text collate "C",
  raised_at           timestamptz(3) not null,
  last_seen_at        timestamptz(3) not null,
  resolved_at         timestamptz(3) check (resolved_at >= raised_at),
  resolved_by         text,
  previous_finding_id text collate "C",
  observed            jsonb not null,
  expected            jsonb not null,
  cause               jsonb,
  evidence            jsonb not null check (jsonb_typeof(evidence) = 'array'),
  sentence            text not null,
  next_step           text not null,
  primary key (tenant_id, finding_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id),
  foreign key (tenant_id, previous_finding_id) references plimsoll.findings (tenant_id, finding_id),
  check ((state = 'resolved') = (resolved_at is not null))
);
comment on table plimsoll.findings is 'One row per life; a recurrence is a new row linked to the last.';
comment on column plimsoll.findings.fingerprint is 'The same trouble of the same subject, whenever it occurs.';
comment on column plimsoll.findings.resolved_by is '`plimsoll` on recovery, else the subject.';
create unique index findings_one_life on plimsoll.findings (tenant_id, fingerprint) where resolved_at is null;
create index findings_of_fingerprint on plimsoll.findings (tenant_id, fingerprint, raised_at);
create index findings_worst on plimsoll.findings (tenant_id, severity_rank, raised_at, finding_id);
create index findings_worst_unresolved on plimsoll.findings (tenant_id, severity_rank, raised_at, finding_id) where resolved_at is null;
create index findings_of_resource on plimsoll.findings (tenant_id, resource_id, severity_rank, raised_at, finding_id) where resource_id is not null;
create index findings_of_policy on plimsoll.findings (tenant_id, policy_id, severity_rank, raised_at, finding_id) where policy_id is not null;
create index findings_raised on plimsoll.findings (tenant_id, raised_at);

create table plimsoll.finding_events (
  tenant_id  text collate "C" not null,
  finding_id text collate "C" not null,
  position   integer not null check (position > 0),
  at         timestamptz(3) not null,
  actor      text not null,
  change     text not null check (change in ('raised', 'refreshed', 'resolved', 'acknowledge', 'expected', 'reopen')),
  note       text check (length(note) <= 2000),
  cluster_id text collate "C" not null,
  namespace  text collate "C" not null,
  revision   bigint,
  primary key (tenant_id, finding_id, position),
  foreign key (tenant_id, finding_id) references plimsoll.findings (tenant_id, finding_id)
);
comment on column plimsoll.finding_events.actor is '`plimsoll` or the subject.';
comment on column plimsoll.finding_events.change is '`refreshed` is kept when severity or cause changed, not for each new figure.';
comment on column plimsoll.finding_events.revision is 'Set where a level is adopted or taken back: the judge reads it with the facts of this revision.';
create index finding_events_of_revision on plimsoll.finding_events (tenant_id, cluster_id, revision) where revision is not null;

-- Kinds that say that a level has changed: to expect one is to take the new level as usual.
create function plimsoll.tells_level(kind text) returns boolean language sql immutable as $$
  select kind in ('size-drop', 'size-spike', 'added-surge', 'duration-anomaly')
$$;

create table plimsoll.risk_scores (
  tenant_id            text collate "C" not null,
  resource_id          text collate "C" not null,
  cluster_id           text collate "C" not null,
  namespace            text collate "C" not null,
  probability          double precision not null check (probability between 0 and 1),
  impact               double precision not null check (impact between 0 and 1),
  score                double precision not null check (score between 0 and 100),
  horizon_seconds      double precision not null check (horizon_seconds > 0),
  terms                jsonb not null,
  impact_terms         jsonb not null,
  ways                 jsonb not null check (jsonb_typeof(ways) = 'array'),
  readiness            jsonb not null,
  rpo_target_seconds   double precision,
  rpo_source           text not null check (rpo_source in ('derived', 'set', 'label', 'none')),
  rpo_why              text not null,
  rpo_achieved_seconds double precision,
  rto_target_seconds   double precision,
  rto_why              text not null,
  judged_at            timestamptz(3) not null,
  primary key (tenant_id, resource_id),
  foreign key (tenant_id, resource_id) references plimsoll.resources (tenant_id, resource_id)
);
comment on column plimsoll.risk_scores.score is 'probability × impact × 100.';
comment on column plimsoll.risk_scores.impact_terms is 'Each with name, text and weight; the weights add up to the impact.';
comment on column plimsoll.risk_scores.ways is 'The newest copy of each way back: policy, repository, when it was taken, and whether it lies on the claim''s own storage.';
comment on column plimsoll.risk_scores.rpo_achieved_seconds is 'Age of the newest restore point when judged; null: there is none.';
create index risk_scores_highest on plimsoll.risk_scores (tenant_id, score, resource_id);
create index risk_scores_by_cluster on plimsoll.risk_scores (tenant_id, cluster_id, score, resource_id);

create table plimsoll.recommendations (
  tenant_id            text collate "C" not null,
  recommendation_id    text collate "C" not null,
  fingerprint          text collate "C" not null,
  cluster_id           text collate "C" not null,
  kind                 text collate "C" not null,
  state                text not null check (state in ('open', 'dismissed', 'merged', 'retired')),
  namespace            text collate "C" not null,
  policy_id            text collate "C",
  policy               text,
  resource_id          text collate "C",
  resource             text,
  title                text not null,
  current              text not null,
  proposed             text not null,
  reason               text not null,
  confidence           double precision not null check (confidence between 0 and 1),
  effects              jsonb not null,
  options              jsonb not null check (jsonb_typeof(options) = 'array'),
  evidence             text collate "C" not null,
  finding_fingerprints text[] not null,
  merged_at            timestamptz(3) check ((merged_at is not null) = (state = 'merged')),
  risk_at_merge        double precision,
  created_at           timestamptz(3) not null,
  updated_at           timestamptz(3) not null,
  primary key (tenant_id, recommendation_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.recommendations.state is '`retired`: it no longer holds; it opens again when it does. `dismissed`: until its evidence changes.';
comment on column plimsoll.recommendations.evidence is 'Hash of what it rests on, without figures that drift.';
comment on column plimsoll.recommendations.risk_at_merge is 'Sum of the scores of its claims when it was merged; null: none is known.';
create index recommendations_merged on plimsoll.recommendations (tenant_id, cluster_id, merged_at, recommendation_id) where merged_at is not null;
create index recommendations_newest on plimsoll.recommendations (tenant_id, updated_at, recommendation_id);
create index recommendations_of_resource on plimsoll.recommendations (tenant_id, resource_id) where resource_id is not null;

select plimsoll.protect('plimsoll.baselines', 'service');
select plimsoll.protect('plimsoll.' || name, 'namespaces') from unnest(array['protections', 'exemptions', 'objectives', 'expected_runs',
  'coverage', 'findings', 'finding_events', 'risk_scores', 'recommendations']) as name;

-- What people may change, if their role allows it and they see the row.
grant update (state) on plimsoll.findings to authenticated;
grant insert on plimsoll.finding_events to authenticated;
grant insert, update, delete on plimsoll.exemptions to authenticated;
create policy changers on plimsoll.findings for update to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change())
    and ((select plimsoll.sees_all_namespaces()) or (cluster_id || '/' || namespace) = any ((select plimsoll.granted_namespaces())::text[])));
create policy changers on plimsoll.finding_events for insert to authenticated
  with check (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change()) and actor = (select plimsoll.claim('sub'))
    and ((select plimsoll.sees_all_namespaces()) or (cluster_id || '/' || namespace) = any ((select plimsoll.granted_namespaces())::text[])));
create policy changers on plimsoll.exemptions to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change())
    and ((select plimsoll.sees_all_namespaces()) or (cluster_id || '/' || namespace) = any ((select plimsoll.granted_namespaces())::text[])));

-- Facts as the judge reads them --------------------------------------------------------------------------------------

create function plimsoll.run_fact(r plimsoll.runs) returns jsonb language sql stable as $$
  select jsonb_build_object('runId', r.run_id, 'runDay', r.run_day, 'engine', r.engine, 'policyId', r.policy_id, 'resourceId', r.resource_id,
    'namespace', r.namespace, 'name', r.name, 'startedAt', plimsoll.iso(r.started_at), 'endedAt', plimsoll.iso(r.ended_at), 'outcome', r.outcome,
    'durationSeconds', r.duration_seconds, 'logicalBytes', r.logical_bytes, 'addedBytes', r.added_bytes, 'storedBytes', r.stored_bytes,
    'files', r.files, 'snapshotId', r.snapshot_id, 'warnings', r.warnings, 'errors', r.errors, 'errorText', r.error_text, 'fullRead', r.full_read,
    'unlistedVolumes', r.unlisted_volumes, 'volumeObjects', r.volume_objects)
$$;

-- All of the inventory but the lists that grow with the claims, which are read in pages.
create function plimsoll.inventory(tenant text, cluster text) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'repositories', (select coalesce(jsonb_agg(jsonb_build_object('repositoryId', r.repository_id, 'engine', r.engine, 'kind', r.kind,
        'namespace', r.namespace, 'name', r.name, 'uid', r.uid, 'availability', r.availability, 'message', r.message,
        'checkedAt', plimsoll.iso(r.checked_at), 'readOnly', r.read_only, 'availabilitySince', plimsoll.iso(r.availability_since))
        order by r.repository_id), '[]')
      from plimsoll.repositories r where r.tenant_id = tenant and r.cluster_id = cluster and r.removed_at is null),
    'restoreRuns', (select coalesce(jsonb_agg(jsonb_build_object('restoreRunId', r.restore_run_id, 'engine', r.engine, 'kind', r.kind,
        'namespace', r.namespace, 'name', r.name, 'uid', r.uid, 'resourceId', r.resource_id, 'outcome', r.outcome,
        'imageTakenAt', plimsoll.iso(r.image_taken_at), 'startedAt', plimsoll.iso(r.started_at), 'endedAt', plimsoll.iso(r.ended_at),
        'restoredBytes', r.restored_bytes, 'message', r.message) order by r.restore_run_id), '[]')
      from plimsoll.restore_runs r where r.tenant_id = tenant and r.cluster_id = cluster and r.removed_at is null),
    'exemptions', (select coalesce(jsonb_agg(jsonb_build_object('resourceId', e.resource_id, 'reason', e.reason,
        'expiresAt', plimsoll.iso(e.expires_at)) order by e.resource_id), '[]')
      from plimsoll.exemptions e where e.tenant_id = tenant and e.cluster_id = cluster),
    'objectives', (select coalesce(jsonb_agg(jsonb_build_object('level', o.level, 'namespace', o.namespace, 'resourceId', o.resource_id,
        'rpoSeconds', o.rpo_seconds, 'rtoSeconds', o.rto_seconds) order by o.scope), '[]')
      from plimsoll.objectives o where o.tenant_id = tenant and (o.cluster_id is null or o.cluster_id = cluster)
        and coalesce(o.rpo_seconds, o.rto_seconds) is not null),
    'problems', (select s.problems from plimsoll.collector_state s where s.tenant_id = tenant and s.cluster_id = cluster))
$$;

-- A page of rows that were read with one more than its limit: `next` is the key of its last row when there are more.
create function plimsoll.page(items jsonb, query jsonb, key text[]) returns jsonb language sql immutable as $$
  select case when jsonb_array_length(items) <= (query ->> 'limit')::integer then jsonb_build_object('items', items, 'next', null)
    else jsonb_build_object('items', items - (query ->> 'limit')::integer,
      'next', (select jsonb_agg(items -> ((query ->> 'limit')::integer - 1) -> k order by n) from unnest(key) with ordinality u (k, n))) end
$$;

-- What grows with the claims comes in pages, each in the order of an index: `query` has its `limit` and as `after` the
-- `next` of the page before.
create function public.plimsoll_read_judge_resources(tenant text, cluster text, query jsonb) returns jsonb language sql stable as $$
  select plimsoll.page(coalesce(jsonb_agg(jsonb_build_object('resourceId', r.resource_id, 'kind', r.kind, 'namespace', r.namespace, 'name', r.name,
        'uid', r.uid, 'createdAt', plimsoll.iso(r.created_at), 'labels', r.labels, 'annotations', r.annotations, 'app', r.app, 'claim', r.claim)
    order by r.namespace, r.name, r.resource_id), '[]'), query, array['namespace', 'name', 'resourceId'])
  from (select * from plimsoll.resources r where r.tenant_id = tenant and r.cluster_id = cluster and r.removed_at is null
      and (r.namespace, r.name, r.resource_id)
        > (coalesce(query -> 'after' ->> 0, ''), coalesce(query -> 'after' ->> 1, ''), coalesce(query -> 'after' ->> 2, ''))
    order by r.namespace, r.name, r.resource_id limit (query ->> 'limit')::integer + 1) r
$$;

create function public.plimsoll_read_judge_policies(tenant text, cluster text, query jsonb) returns jsonb language sql stable as $$
  select plimsoll.page(coalesce(jsonb_agg(jsonb_build_object('policyId', p.policy_id, 'engine', p.engine, 'kind', p.kind, 'namespace', p.namespace,
        'name', p.name, 'uid', p.uid, 'createdAt', plimsoll.iso(p.created_at), 'labels', p.labels, 'schedule', p.schedule, 'paused', p.paused,
        'selection', p.selection, 'method', p.method, 'repositoryId', p.repository_id, 'keep', p.keep, 'problem', p.problem,
        'lastSuccessAt', plimsoll.iso(p.last_success_at), 'memory', p.memory, 'scheduleSince', plimsoll.iso(p.schedule_since),
        'pausedSince', plimsoll.iso(p.paused_since), 'removedAt', plimsoll.iso(p.removed_at))
    order by p.namespace, p.name, p.policy_id), '[]'), query, array['namespace', 'name', 'policyId'])
  from (select * from plimsoll.policies p where p.tenant_id = tenant and p.cluster_id = cluster
      and (p.namespace, p.name, p.policy_id)
        > (coalesce(query -> 'after' ->> 0, ''), coalesce(query -> 'after' ->> 1, ''), coalesce(query -> 'after' ->> 2, ''))
    order by p.namespace, p.name, p.policy_id limit (query ->> 'limit')::integer + 1) p
$$;

-- The newest restore point of each policy and resource.
create function public.plimsoll_read_judge_points(tenant text, cluster text, query jsonb) returns jsonb language sql stable as $$
  -- Walks the index from job to job, so that the cost is per job, not per point. A page begins with what follows the last
  -- key, itself plus the least character: the empty key may be one, and only a single comparison can use the index.
  with recursive jobs as (
    (select coalesce(p.policy_id, '') as policy, coalesce(p.resource_id, '') as resource from plimsoll.restore_points p
      where p.tenant_id = tenant and p.cluster_id = cluster and p.gone_at is null and (coalesce(p.policy_id, ''), coalesce(p.resource_id, ''))
        >= (coalesce(query -> 'after' ->> 0, ''), case when query ->> 'after' is null then '' else coalesce(query -> 'after' ->> 1, '') || chr(1) end)
      order by coalesce(p.policy_id, ''), coalesce(p.resource_id, '') limit 1)
    union all
    select following.policy, following.resource from jobs cross join lateral (
      select coalesce(p.policy_id, '') as policy, coalesce(p.resource_id, '') as resource from plimsoll.restore_points p
      where p.tenant_id = tenant and p.cluster_id = cluster and p.gone_at is null
        and (coalesce(p.policy_id, ''), coalesce(p.resource_id, '')) > (jobs.policy, jobs.resource)
      order by coalesce(p.policy_id, ''), coalesce(p.resource_id, '') limit 1) following
  )
  select plimsoll.page(coalesce(jsonb_agg(jsonb_build_object('restorePointId', n.restore_point_id, 'engine', n.engine, 'policyId', n.policy_id,
        'repositoryId', n.repository_id, 'resourceId', n.resource_id, 'runId', n.run_id, 'takenAt', plimsoll.iso(n.taken_at),
        'expiresAt', plimsoll.iso(n.expires_at), 'handle', n.handle, 'logicalBytes', n.logical_bytes) order by j.policy, j.resource), '[]'), query, array['policyId', 'resourceId'])
  from (select * from jobs limit (query ->> 'limit')::integer + 1) j
  cross join lateral (select * from plimsoll.restore_points p
    where p.tenant_id = tenant and p.cluster_id = cluster and p.gone_at is null
      and coalesce(p.policy_id, '') = j.policy and coalesce(p.resource_id, '') = j.resource
    order by p.taken_at desc, p.restore_point_id desc limit 1) n
$$;

-- Whole revisions are read, so that no run is left between two reads: a page may exceed the limit by one batch. The
-- inventory comes where it is newer than `inventory_after`: a reader of many pages takes it once.
create function public.plimsoll_read_judge_input(tenant text, cluster text, after_revision bigint, run_limit integer, inventory_after bigint)
returns jsonb language plpgsql stable as $$
declare
  state plimsoll.collector_state;
  beyond bigint;
  until_revision bigint;
  changed plimsoll.runs[];
begin
  select * into state from plimsoll.collector_state s where s.tenant_id = tenant and s.cluster_id = cluster;
  if state.observed_at is null then
    raise exception 'nothing has been read of cluster %', cluster using errcode = 'PT404', hint = 'Collect it first.';
  end if;
  select r.revision into beyond from plimsoll.runs r
  where r.tenant_id = tenant and r.cluster_id = cluster and r.revision > after_revision order by r.revision offset run_limit limit 1;
  until_revision := case when beyond is null then state.revision else coalesce((select r.revision from plimsoll.runs r
    where r.tenant_id = tenant and r.cluster_id = cluster and r.revision > after_revision and r.revision < beyond
    order by r.revision desc limit 1), beyond) end;
  select array_agg(r.*::plimsoll.runs order by r.started_at, r.run_id) into changed from plimsoll.runs r
  where r.tenant_id = tenant and r.cluster_id = cluster and r.revision > after_revision and r.revision <= until_revision;
  return jsonb_build_object(
    'revision', until_revision, 'observedAt', plimsoll.iso(state.observed_at),
    'inventoryRevision', state.inventory_revision,
    'inventory', case when state.inventory_revision > inventory_after then plimsoll.inventory(tenant, cluster) end,
    'runs', (select coalesce(jsonb_agg(plimsoll.run_fact(r) order by r.started_at, r.run_id), '[]') from unnest(changed) r),
    'runVolumes', (select coalesce(jsonb_agg(jsonb_build_object('runId', v.run_id, 'runDay', v.run_day, 'resourceId', v.resource_id,
        'outcome', v.outcome, 'startedAt', plimsoll.iso(v.started_at), 'endedAt', plimsoll.iso(v.ended_at), 'logicalBytes', v.logical_bytes,
        'addedBytes', v.added_bytes, 'snapshotId', v.snapshot_id, 'message', v.message) order by v.run_id, v.resource_id), '[]')
      from unnest(changed) r join plimsoll.run_volumes v on v.tenant_id = tenant and v.run_day = r.run_day and v.run_id = r.run_id),
    'attempts', (select coalesce(jsonb_agg(jsonb_build_object('runId', a.run_id, 'runDay', a.run_day, 'attemptKey', a.attempt_key,
        'policyId', a.policy_id, 'endedAt', plimsoll.iso(a.ended_at), 'outcome', a.outcome, 'log', a.log) order by a.ended_at, a.run_id, a.attempt_key), '[]')
      from unnest(changed) r join plimsoll.attempts a on a.tenant_id = tenant and a.run_day = r.run_day and a.run_id = r.run_id),
    'observedWindows', (select coalesce(jsonb_agg(jsonb_build_object('kind', w.kind, 'from', plimsoll.iso(w.from_at),
        'until', plimsoll.iso(w.until_at)) order by w.kind, w.from_at), '[]')
      from plimsoll.observed_windows w where w.tenant_id = tenant and w.cluster_id = cluster),
    'marks', (select coalesce(jsonb_agg(jsonb_build_object('kind', f.kind, 'policyId', f.policy_id, 'resourceId', f.resource_id,
        'at', plimsoll.iso(e.at), 'undone', e.change = 'reopen') order by e.revision), '[]')
      from plimsoll.finding_events e join plimsoll.findings f on f.tenant_id = e.tenant_id and f.finding_id = e.finding_id
      where e.tenant_id = tenant and e.cluster_id = cluster and e.revision > after_revision and e.revision <= until_revision),
    'more', until_revision < state.revision and exists (select from plimsoll.runs r
      where r.tenant_id = tenant and r.cluster_id = cluster and r.revision > until_revision));
end $$;

create function plimsoll.risk_fact(r plimsoll.risk_scores) returns jsonb language sql stable as $$
  select jsonb_build_object('resourceId', r.resource_id, 'probability', r.probability, 'impact', r.impact, 'score', r.score,
    'horizonSeconds', r.horizon_seconds, 'terms', r.terms, 'impactTerms', r.impact_terms, 'ways', r.ways, 'readiness', r.readiness, 'rpoTargetSeconds', r.rpo_target_seconds,
    'rpoSource', r.rpo_source, 'rpoWhy', r.rpo_why, 'rpoAchievedSeconds', r.rpo_achieved_seconds, 'rtoTargetSeconds', r.rto_target_seconds,
    'rtoWhy', r.rto_why, 'judgedAt', plimsoll.iso(r.judged_at))
$$;

create function public.plimsoll_read_judge_state(tenant text, cluster text) returns jsonb language sql stable as $$
  select jsonb_build_object('judgedAt', plimsoll.iso(max(c.judged_at)), 'revision', coalesce(max(c.judged_revision), 0),
    'openFingerprints', (select coalesce(jsonb_agg(f.fingerprint order by f.fingerprint), '[]')
      from plimsoll.findings f where f.tenant_id = tenant and f.cluster_id = cluster and f.resolved_at is null))
  from plimsoll.collector_state c where c.tenant_id = tenant and c.cluster_id = cluster
$$;

create function public.plimsoll_read_judge_jobs(tenant text, cluster text, query jsonb) returns jsonb language sql stable as $$
  select plimsoll.page(coalesce(jsonb_agg(jsonb_build_object('jobId', b.job_id, 'policyId', b.policy_id, 'resourceId', b.resource_id,
    'state', b.state, 'wakeAt', plimsoll.iso(b.wake_at)) order by b.job_id), '[]'), query, array['jobId'])
  from (select * from plimsoll.baselines b where b.tenant_id = tenant and b.cluster_id = cluster and b.job_id > coalesce(query -> 'after' ->> 0, '')
    order by b.job_id limit (query ->> 'limit')::integer + 1) b
$$;

create function public.plimsoll_read_judge_risks(tenant text, cluster text, query jsonb) returns jsonb language sql stable as $$
  select plimsoll.page(coalesce(jsonb_agg(plimsoll.risk_fact(r) order by r.score, r.resource_id), '[]'), query, array['score', 'resourceId'])
  from (select * from plimsoll.risk_scores r where r.tenant_id = tenant and r.cluster_id = cluster
      and (r.score, r.resource_id) > (coalesce((query -> 'after' ->> 0)::double precision, '-infinity'), coalesce(query -> 'after' ->> 1, ''))
    order by r.score, r.resource_id limit (query ->> 'limit')::integer + 1) r
$$;

-- Writing a judgement --------------------------------------------------------------------------------------------------

create function plimsoll.log_finding(f plimsoll.findings, happened_at timestamptz, by_whom text, what text, why text, seen bigint default null)
returns void language sql as $$
  insert into plimsoll.finding_events (tenant_id, finding_id, position, at, actor, change, note, cluster_id, namespace, revision)
  select f.tenant_id, f.finding_id, coalesce(max(e.position), 0) + 1, happened_at, by_whom, what, why, f.cluster_id, f.namespace, seen
  from plimsoll.finding_events e where e.tenant_id = f.tenant_id and e.finding_id = f.finding_id
$$;

-- A raised finding whose fingerprint lives already is refreshed; a change older than what is stored changes nothing,
-- so that a judgement may be saved again.
create function plimsoll.apply_finding(tenant text, cluster text, change jsonb) returns void language plpgsql as $$
declare
  happened_at constant timestamptz(3) := (change ->> 'at')::timestamptz;
  draft constant jsonb := change -> 'finding';
  print constant text := coalesce(draft ->> 'fingerprint', change ->> 'fingerprint');
  new_id constant text := plimsoll.id_of(cluster, print, plimsoll.iso(happened_at));
  living plimsoll.findings;
  made plimsoll.findings;
begin
  select * into living from plimsoll.findings f where f.tenant_id = tenant and f.fingerprint = print and f.resolved_at is null;
  if change ->> 'change' = 'resolved' then
    if living.finding_id is null or happened_at < living.raised_at then
      return;
    end if;
    update plimsoll.findings f set state = 'resolved', resolved_at = happened_at, resolved_by = 'plimsoll'
    where f.tenant_id = tenant and f.finding_id = living.finding_id;
    perform plimsoll.log_finding(living, happened_at, 'plimsoll', 'resolved', left(change ->> 'reason', 2000));
  elsif living.finding_id is not null then
    perform plimsoll.refresh_finding(living, happened_at, draft);
  elsif not exists (select from plimsoll.findings f where f.tenant_id = tenant and f.fingerprint = print
      and (f.finding_id = new_id or f.resolved_at > happened_at)) then
    insert into plimsoll.findings as f (tenant_id, finding_id, fingerprint, cluster_id, kind, severity, state, namespace, policy_id, policy,
      resource_id, resource, repository_id, raised_at, last_seen_at, previous_finding_id, observed, expected, cause, evidence, sentence, next_step)
    values (tenant, new_id, print, cluster, draft ->> 'kind', draft ->> 'severity', 'open',
      draft -> 'subject' ->> 'namespace', draft -> 'subject' ->> 'policyId', draft -> 'subject' ->> 'policy',
      draft -> 'subject' ->> 'resourceId', draft -> 'subject' ->> 'resource', draft -> 'subject' ->> 'repositoryId', happened_at, happened_at,
      (select o.finding_id from plimsoll.findings o where o.tenant_id = tenant and o.fingerprint = print order by o.raised_at desc limit 1),
      draft -> 'observed', draft -> 'expected', nullif(draft -> 'cause', 'null'), draft -> 'evidence', draft ->> 'sentence', draft ->> 'nextStep')
    returning * into made;
    perform plimsoll.log_finding(made, happened_at, 'plimsoll', 'raised', null);
  end if;
end $$;

create function plimsoll.refresh_finding(living plimsoll.findings, happened_at timestamptz, draft jsonb) returns void language plpgsql as $$
begin
  update plimsoll.findings f
  set severity = draft ->> 'severity', last_seen_at = greatest(f.last_seen_at, happened_at), observed = draft -> 'observed',
    expected = draft -> 'expected', cause = nullif(draft -> 'cause', 'null'), evidence = draft -> 'evidence',
    sentence = draft ->> 'sentence', next_step = draft ->> 'nextStep'
  where f.tenant_id = living.tenant_id and f.finding_id = living.finding_id and f.last_seen_at <= happened_at
    and (f.severity, f.observed, f.expected, f.cause, f.evidence, f.sentence, f.next_step, f.last_seen_at) is distinct from
      (draft ->> 'severity', draft -> 'observed', draft -> 'expected', nullif(draft -> 'cause', 'null'), draft -> 'evidence',
       draft ->> 'sentence', draft ->> 'nextStep', happened_at);
  if found and living.severity <> draft ->> 'severity' then
    perform plimsoll.log_finding(living, happened_at, 'plimsoll', 'refreshed',
      format('severity %s, was %s', draft ->> 'severity', living.severity));
  elsif found and living.cause ->> 'code' is distinct from draft -> 'cause' ->> 'code' then
    perform plimsoll.log_finding(living, happened_at, 'plimsoll', 'refreshed',
      format('cause: %s', coalesce(draft -> 'cause' ->> 'title', 'no longer known')));
  end if;
end $$;

create function plimsoll.save_coverage(tenant text, cluster text, protected jsonb, covered jsonb) returns void language plpgsql as $$
begin
  if jsonb_typeof(protected) = 'array' then
    delete from plimsoll.protections p where p.tenant_id = tenant and p.cluster_id = cluster
      and (p.policy_id, p.resource_id) not in (select x."policyId", x."resourceId" from jsonb_to_recordset(protected) as x ("policyId" text, "resourceId" text));
    insert into plimsoll.protections (tenant_id, policy_id, resource_id, cluster_id, namespace)
    select distinct tenant, x."policyId", x."resourceId", cluster, coalesce(r.namespace, '')
    from jsonb_to_recordset(protected) as x ("policyId" text, "resourceId" text)
    left join plimsoll.resources r on r.tenant_id = tenant and r.resource_id = x."resourceId"
    on conflict do nothing;
  end if;
  if jsonb_typeof(covered) = 'array' then
    delete from plimsoll.coverage c where c.tenant_id = tenant and c.cluster_id = cluster
      and c.resource_id not in (select x."resourceId" from jsonb_to_recordset(covered) as x ("resourceId" text));
    insert into plimsoll.coverage as c (tenant_id, resource_id, cluster_id, namespace, name, state, reason, policy_ids, last_success_at)
    select tenant, x."resourceId", cluster, coalesce(r.namespace, ''), coalesce(r.name, x."resourceId"), x.state, x.reason, x."policyIds", x."lastSuccessAt"
    from jsonb_to_recordset(covered) as x ("resourceId" text, state text, reason text, "policyIds" text[], "lastSuccessAt" timestamptz(3))
    left join plimsoll.resources r on r.tenant_id = tenant and r.resource_id = x."resourceId"
    where not exists (select from plimsoll.coverage o where o.tenant_id = tenant and o.resource_id = x."resourceId"
      and (o.state, o.reason, o.policy_ids, o.last_success_at) is not distinct from (x.state, x.reason, x."policyIds", x."lastSuccessAt"))
    on conflict (tenant_id, resource_id) do update set state = excluded.state, reason = excluded.reason,
      policy_ids = excluded.policy_ids, last_success_at = excluded.last_success_at, namespace = excluded.namespace, name = excluded.name;
  end if;
end $$;

create function plimsoll.save_risks(tenant text, cluster text, scores jsonb, removed jsonb) returns void language plpgsql as $$
begin
  delete from plimsoll.risk_scores r where r.tenant_id = tenant and r.cluster_id = cluster
    and r.resource_id in (select jsonb_array_elements_text(removed));
  insert into plimsoll.risk_scores (tenant_id, resource_id, cluster_id, namespace, probability, impact, score, horizon_seconds, terms,
    impact_terms, ways, readiness, rpo_target_seconds, rpo_source, rpo_why, rpo_achieved_seconds, rto_target_seconds, rto_why, judged_at)
  select tenant, x."resourceId", cluster, r.namespace, x.probability, x.impact, x.score, x."horizonSeconds", x.terms,
    x."impactTerms", x.ways, x.readiness, x."rpoTargetSeconds", x."rpoSource", x."rpoWhy", x."rpoAchievedSeconds", x."rtoTargetSeconds", x."rtoWhy", x."judgedAt"
  from jsonb_to_recordset(scores) as x ("resourceId" text, probability double precision, impact double precision, score double precision,
    "horizonSeconds" double precision, terms jsonb, "impactTerms" jsonb, ways jsonb, readiness jsonb, "rpoTargetSeconds" double precision, "rpoSource" text,
    "rpoWhy" text, "rpoAchievedSeconds" double precision, "rtoTargetSeconds" double precision, "rtoWhy" text, "judgedAt" timestamptz(3))
  join plimsoll.resources r on r.tenant_id = tenant and r.resource_id = x."resourceId"
  where not exists (select from plimsoll.risk_scores o where o.tenant_id = tenant and o.resource_id = x."resourceId"
    and (o.probability, o.impact, o.score, o.horizon_seconds, o.terms, o.impact_terms, o.ways, o.readiness, o.rpo_target_seconds,
      o.rpo_source, o.rpo_why, o.rpo_achieved_seconds, o.rto_target_seconds, o.rto_why, o.judged_at) is not distinct from (x.probability, x.impact, x.score,
        x."horizonSeconds", x.terms, x."impactTerms", x.ways, x.readiness, x."rpoTargetSeconds", x."rpoSource", x."rpoWhy", x."rpoAchievedSeconds", x."rtoTargetSeconds", x."rtoWhy", x."judgedAt"))
  on conflict (tenant_id, resource_id) do update set probability = excluded.probability, impact = excluded.impact, score = excluded.score,
    horizon_seconds = excluded.horizon_seconds, terms = excluded.terms, impact_terms = excluded.impact_terms,
    ways = excluded.ways, readiness = excluded.readiness, rpo_target_seconds = excluded.rpo_target_seconds, rpo_source = excluded.rpo_source, rpo_why = excluded.rpo_why,
    rpo_achieved_seconds = excluded.rpo_achieved_seconds, rto_target_seconds = excluded.rto_target_seconds, rto_why = excluded.rto_why,
    judged_at = excluded.judged_at;
end $$;

create function plimsoll.save_recommendations(tenant text, cluster text, judged_at timestamptz, drafts jsonb) returns void language plpgsql as $$
declare
  changed record;
begin
  if jsonb_typeof(drafts) is distinct from 'array' then
    return;
  end if;
  for changed in update plimsoll.recommendations r set state = 'retired', updated_at = judged_at
    where r.tenant_id = tenant and r.cluster_id = cluster and r.state = 'open'
      and r.fingerprint not in (select x.fingerprint from jsonb_to_recordset(drafts) as x (fingerprint text))
    returning r.recommendation_id
  loop
    perform plimsoll.log_recommendation(tenant, changed.recommendation_id, judged_at, 'plimsoll', 'retired', null);
  end loop;
  for changed in select plimsoll.id_of('recommendation', cluster, x.fingerprint) as id, o.state from jsonb_to_recordset(drafts) as x (fingerprint text, evidence text)
    left join plimsoll.recommendations o on o.tenant_id = tenant and o.recommendation_id = plimsoll.id_of('recommendation', cluster, x.fingerprint)
    where o.state is null or o.state = 'retired' or (o.state = 'dismissed' and o.evidence <> x.evidence)
  loop
    perform plimsoll.save_recommendation(tenant, cluster, judged_at, draft.value) from jsonb_array_elements(drafts) draft
    where plimsoll.id_of('recommendation', cluster, draft.value ->> 'fingerprint') = changed.id;
    update plimsoll.recommendations r set state = 'open' where r.tenant_id = tenant and r.recommendation_id = changed.id and r.state <> 'open';
    perform plimsoll.log_recommendation(tenant, changed.id, judged_at, 'plimsoll', 'opened',
      case changed.state when 'dismissed' then 'its evidence has changed' when 'retired' then 'it holds again' end);
  end loop;
  perform plimsoll.save_recommendation(tenant, cluster, judged_at, draft.value) from jsonb_array_elements(drafts) draft;
end $$;

-- The text and figures of one; its state is left.
create function plimsoll.save_recommendation(tenant text, cluster text, judged_at timestamptz, draft jsonb) returns void language sql as $$
  insert into plimsoll.recommendations as r (tenant_id, recommendation_id, fingerprint, cluster_id, kind, state, namespace, policy_id, policy,
    resource_id, resource, title, current, proposed, reason, confidence, effects, options, evidence, finding_fingerprints, created_at, updated_at)
  select tenant, plimsoll.id_of('recommendation', cluster, x.fingerprint), x.fingerprint, cluster, x.kind, 'open', x.subject ->> 'namespace',
    x.subject ->> 'policyId', x.subject ->> 'policy', x.subject ->> 'resourceId', x.subject ->> 'resource', x.title, x.current, x.proposed,
    x.reason, x.confidence, x.effects, x.options, x.evidence, x."findingFingerprints", judged_at, judged_at
  from jsonb_to_record(draft) as x (fingerprint text, kind text, subject jsonb, title text, current text, proposed text, reason text,
    confidence double precision, effects jsonb, options jsonb, evidence text, "findingFingerprints" text[])
  on conflict (tenant_id, recommendation_id) do update set title = excluded.title, current = excluded.current, proposed = excluded.proposed,
    reason = excluded.reason, confidence = excluded.confidence, effects = excluded.effects, options = excluded.options, evidence = excluded.evidence,
    finding_fingerprints = excluded.finding_fingerprints, updated_at = excluded.updated_at
  where r.state = 'retired' or (r.state <> 'merged' and (r.title, r.current, r.proposed, r.reason, r.confidence, r.effects, r.options, r.evidence,
      r.finding_fingerprints) is distinct from (excluded.title, excluded.current, excluded.proposed, excluded.reason, excluded.confidence,
      excluded.effects, excluded.options, excluded.evidence, excluded.finding_fingerprints))
$$;

create function plimsoll.save_job_states(tenant text, cluster text, jobs jsonb, removed jsonb) returns void language plpgsql as $$
begin
  delete from plimsoll.baselines b where b.tenant_id = tenant and b.cluster_id = cluster and b.job_id in (select jsonb_array_elements_text(removed));
  insert into plimsoll.baselines (tenant_id, job_id, cluster_id, policy_id, resource_id, state, wake_at)
  select tenant, x."jobId", cluster, x."policyId", x."resourceId", x.state, x."wakeAt"
  from jsonb_to_recordset(jobs) as x ("jobId" text, "policyId" text, "resourceId" text, state text, "wakeAt" timestamptz(3))
  where not exists (select from plimsoll.baselines o where o.tenant_id = tenant and o.cluster_id = cluster and o.job_id = x."jobId"
    and (o.policy_id, o.resource_id, o.state, o.wake_at) is not distinct from (x."policyId", x."resourceId", x.state, x."wakeAt"))
  on conflict (tenant_id, cluster_id, job_id) do update set policy_id = excluded.policy_id, resource_id = excluded.resource_id,
    state = excluded.state, wake_at = excluded.wake_at;
end $$;

create function plimsoll.save_expected_runs(tenant text, cluster text, rows jsonb) returns void language sql as $$
  insert into plimsoll.expected_runs (tenant_id, job_id, policy_id, due_at, cluster_id, namespace, state, run_id, decided_at)
  select distinct on (x."jobId", x."dueAt") tenant, x."jobId", x."policyId", x."dueAt", cluster, coalesce(p.namespace, ''), x.state, x."runId", x."decidedAt"
  from rows from (jsonb_to_recordset(rows) as ("jobId" text, "policyId" text, "dueAt" timestamptz(3), state text, "runId" text, "decidedAt" timestamptz(3)))
    with ordinality as x ("jobId", "policyId", "dueAt", state, "runId", "decidedAt", n)
  left join plimsoll.policies p on p.tenant_id = tenant and p.policy_id = x."policyId"
  where not exists (select from plimsoll.expected_runs o where o.tenant_id = tenant and o.job_id = x."jobId" and o.due_at = x."dueAt"
    and (o.state, o.run_id, o.decided_at) is not distinct from (x.state, x."runId", x."decidedAt"))
  order by x."jobId", x."dueAt", x.n desc
  on conflict (tenant_id, job_id, due_at) do update set state = excluded.state, run_id = excluded.run_id, decided_at = excluded.decided_at
$$;

create function public.plimsoll_save_judgement(tenant text, judgement jsonb) returns jsonb language plpgsql as $$
declare
  cluster constant text := judgement ->> 'clusterId';
  judged constant timestamptz(3) := (judgement ->> 'judgedAt')::timestamptz;
  seen constant bigint := (judgement ->> 'revision')::bigint;
  change jsonb;
begin
  perform pg_advisory_xact_lock(hashtextextended(tenant || '/' || cluster, 0));
  if exists (select from plimsoll.collector_state s where s.tenant_id = tenant and s.cluster_id = cluster
      and (s.judged_at > judged or s.judged_revision > seen)) then
    raise exception 'a later judgement of cluster % is stored', cluster using errcode = 'PT409',
      hint = 'Another process judges this cluster now; read what it stored and judge from there.';
  end if;
  perform plimsoll.save_job_states(tenant, cluster, judgement -> 'jobStates', judgement -> 'removedJobIds');
  for change in select c.value from jsonb_array_elements(judgement -> 'findings') with ordinality c order by c.ordinality loop
    perform plimsoll.apply_finding(tenant, cluster, change);
  end loop;
  perform plimsoll.save_expected_runs(tenant, cluster, judgement -> 'expectedRuns');
  perform plimsoll.save_coverage(tenant, cluster, judgement -> 'protections', judgement -> 'coverage');
  perform plimsoll.save_risks(tenant, cluster, judgement -> 'risks', judgement -> 'removedRiskResourceIds');
  perform plimsoll.save_recommendations(tenant, cluster, judged, judgement -> 'recommendations');
  perform plimsoll.save_forecasts(tenant, cluster, judgement -> 'forecasts');
  perform plimsoll.save_raised(tenant, cluster, judgement -> 'delivery');
  update plimsoll.collector_state s set judged_at = judged, judged_revision = seen, view_revision = s.view_revision + 1,
    tested = plimsoll.newest_tests(s.tested, judgement -> 'delivery' -> 'tested')
  where s.tenant_id = tenant and s.cluster_id = cluster and (s.judged_at, s.judged_revision) is distinct from (judged, seen);
  if jsonb_array_length(judgement -> 'findings') + jsonb_array_length(judgement -> 'jobStates') >= 200 then
    perform plimsoll.refresh_statistics();
  end if;
  return null;
end $$;

select plimsoll.expose(name, 'service_role') from unnest(array['plimsoll_read_judge_input', 'plimsoll_read_judge_resources',
  'plimsoll_read_judge_policies', 'plimsoll_read_judge_points', 'plimsoll_read_judge_state', 'plimsoll_read_judge_jobs', 'plimsoll_read_judge_risks',
  'plimsoll_save_judgement']) as name;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace
    and p.proname in ('run_fact', 'inventory', 'page', 'risk_fact', 'log_finding', 'tells_level', 'apply_finding', 'refresh_finding', 'save_coverage', 'save_risks',
      'save_recommendations', 'save_recommendation', 'save_job_states', 'save_expected_runs', 'severity_rank') loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to service_role', helper);
  end loop;
end $$;
grant execute on function plimsoll.severity_rank(text), plimsoll.log_finding(plimsoll.findings, timestamptz, text, text, text, bigint),
  plimsoll.tells_level(text) to authenticated;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (4, 'judgement', 1);
