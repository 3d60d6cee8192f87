-- Writing facts. Each part inserts what is new, then updates only rows that differ: a batch read twice writes nothing.
-- Rows arrive as one JSON array per kind, each key at most once.

create function plimsoll.save_resources(tenant text, cluster text, seen_at timestamptz, rows jsonb) returns bigint
language plpgsql as $$
declare
  fresh bigint;
  stale bigint;
begin
  insert into plimsoll.resources (tenant_id, resource_id, cluster_id, kind, namespace, name, uid, created_at, labels, annotations, app, claim)
  select tenant, x."resourceId", cluster, x.kind, x.namespace, x.name, x.uid, x."createdAt", x.labels, x.annotations, x.app, nullif(x.claim, 'null')
  from jsonb_to_recordset(rows) as x ("resourceId" text, kind text, namespace text, name text, uid text, "createdAt" timestamptz,
    labels jsonb, annotations jsonb, app text, claim jsonb)
  on conflict do nothing;
  get diagnostics fresh = row_count;
  if fresh = jsonb_array_length(rows) then
    return fresh;
  end if;
  update plimsoll.resources r
  set uid = x.uid, created_at = x."createdAt", labels = x.labels, annotations = x.annotations, app = x.app,
    claim = nullif(x.claim, 'null'), removed_at = null
  from jsonb_to_recordset(rows) as x ("resourceId" text, uid text, "createdAt" timestamptz, labels jsonb, annotations jsonb, app text, claim jsonb)
  where r.tenant_id = tenant and r.resource_id = x."resourceId" and r.cluster_id = cluster
    and (r.uid, r.created_at, r.labels, r.annotations, r.app, r.claim, r.removed_at)
      is distinct from (x.uid, x."createdAt"::timestamptz(3), x.labels, x.annotations, x.app, nullif(x.claim, 'null'), null::timestamptz);
  get diagnostics stale = row_count;
  return fresh + stale;
end $$;

create function plimsoll.save_edges(tenant text, cluster text, seen_at timestamptz, rows jsonb) returns bigint
language plpgsql as $$
declare
  fresh bigint;
begin
  insert into plimsoll.resource_edges (tenant_id, from_resource_id, to_resource_id, kind, valid_from, cluster_id, namespace)
  select tenant, x."fromResourceId", x."toResourceId", x.kind, seen_at, cluster, coalesce(r.namespace, '')
  from jsonb_to_recordset(rows) as x ("fromResourceId" text, "toResourceId" text, kind text)
  left join plimsoll.resources r on r.tenant_id = tenant and r.resource_id = x."fromResourceId"
  on conflict do nothing;
  get diagnostics fresh = row_count;
  return fresh;
end $$;

create function plimsoll.save_repositories(tenant text, cluster text, seen_at timestamptz, rows jsonb) returns bigint
language plpgsql as $$
declare
  fresh bigint;
  stale bigint;
begin
  insert into plimsoll.repositories (tenant_id, repository_id, cluster_id, engine, kind, namespace, name, uid, availability,
    availability_since, message, checked_at, read_only)
  select tenant, x."repositoryId", cluster, x.engine, x.kind, x.namespace, x.name, x.uid, x.availability, seen_at, x.message, x."checkedAt", x."readOnly"
  from jsonb_to_recordset(rows) as x ("repositoryId" text, engine text, kind text, namespace text, name text, uid text,
    availability text, message text, "checkedAt" timestamptz, "readOnly" boolean)
  on conflict do nothing;
  get diagnostics fresh = row_count;
  update plimsoll.repositories r
  set uid = x.uid, availability = x.availability, message = x.message, checked_at = x."checkedAt", read_only = x."readOnly", removed_at = null,
    availability_since = case when r.availability = x.availability and r.removed_at is null then r.availability_since else seen_at end
  from jsonb_to_recordset(rows) as x ("repositoryId" text, uid text, availability text, message text, "checkedAt" timestamptz, "readOnly" boolean)
  where r.tenant_id = tenant and r.repository_id = x."repositoryId" and r.cluster_id = cluster
    and (r.uid, r.availability, r.message, r.checked_at, r.read_only, r.removed_at)
      is distinct from (x.uid, x.availability, x.message, x."checkedAt"::timestamptz(3), x."readOnly", null::timestamptz);
  get diagnostics stale = row_count;
  return fresh + stale;
end $$;

-- A policy's memory is written with it but is no change of facts: the last update does not count.
create function plimsoll.save_policies(tenant text, cluster text, seen_at timestamptz, rows jsonb) returns bigint
language plpgsql as $$
declare
  fresh bigint;
  stale bigint;
begin
  insert into plimsoll.policies (tenant_id, policy_id, cluster_id, engine, kind, namespace, name, uid, created_at, labels, schedule,
    schedule_since, paused, paused_since, selection, method, repository_id, keep, problem, last_success_at, memory)
  select tenant, x."policyId", cluster, x.engine, x.kind, x.namespace, x.name, x.uid, x."createdAt", x.labels, x.schedule,
    seen_at, x.paused, case when x.paused then seen_at end, x.selection, x.method, x."repositoryId", nullif(x.keep, 'null'), x.problem,
    x."lastSuccessAt", x.memory
  from jsonb_to_recordset(rows) as x ("policyId" text, engine text, kind text, namespace text, name text, uid text, "createdAt" timestamptz,
    labels jsonb, schedule jsonb, paused boolean, selection jsonb, method text, "repositoryId" text, keep jsonb, problem text,
    "lastSuccessAt" timestamptz, memory text)
  on conflict do nothing;
  get diagnostics fresh = row_count;
  if fresh = jsonb_array_length(rows) then
    return fresh;
  end if;
  update plimsoll.policies p
  set uid = x.uid, created_at = x."createdAt", labels = x.labels, schedule = x.schedule, paused = x.paused, selection = x.selection,
    method = x.method, repository_id = x."repositoryId", keep = nullif(x.keep, 'null'), problem = x.problem,
    last_success_at = x."lastSuccessAt", memory = x.memory, removed_at = null,
    schedule_since = case when p.schedule = x.schedule and p.removed_at is null then p.schedule_since else seen_at end,
    paused_since = case when not x.paused then null when p.paused and p.removed_at is null then p.paused_since else seen_at end
  from jsonb_to_recordset(rows) as x ("policyId" text, uid text, "createdAt" timestamptz, labels jsonb, schedule jsonb, paused boolean,
    selection jsonb, method text, "repositoryId" text, keep jsonb, problem text, "lastSuccessAt" timestamptz, memory text)
  where p.tenant_id = tenant and p.policy_id = x."policyId" and p.cluster_id = cluster
    and (p.uid, p.created_at, p.labels, p.schedule, p.paused, p.selection, p.method, p.repository_id, p.keep, p.problem, p.last_success_at, p.removed_at)
      is distinct from (x.uid, x."createdAt"::timestamptz(3), x.labels, x.schedule, x.paused, x.selection, x.method, x."repositoryId",
        nullif(x.keep, 'null'), x.problem, x."lastSuccessAt"::timestamptz(3), null::timestamptz);
  get diagnostics stale = row_count;
  update plimsoll.policies p set memory = x.memory
  from jsonb_to_recordset(rows) as x ("policyId" text, memory text)
  where p.tenant_id = tenant and p.policy_id = x."policyId" and p.cluster_id = cluster and p.memory is distinct from x.memory;
  return fresh + stale;
end $$;

-- `inserted` counts new runs, `updated` those that differ.
create function plimsoll.save_runs(tenant text, cluster text, next_revision bigint, rows jsonb, out inserted bigint, out updated bigint)
language plpgsql as $$
declare
  days date[];
  month date;
  replaced bigint;
begin
  select array_agg(distinct x."runDay") into days from jsonb_to_recordset(rows) as x ("runDay" date);
  for month in select distinct date_trunc('month', day)::date from unnest(days) as day loop
    if to_regclass('plimsoll.runs_' || to_char(month, 'YYYYMM')) is null then
      perform plimsoll.add_runs_month(month);
    end if;
  end loop;
  insert into plimsoll.runs (tenant_id, run_day, run_id, cluster_id, engine, policy_id, resource_id, namespace, name, started_at, ended_at,
    outcome, duration_seconds, logical_bytes, added_bytes, stored_bytes, files, snapshot_id, warnings, errors, error_text, full_read,
    unlisted_volumes, volume_objects, ended_within, revision)
  select tenant, x."runDay", x."runId", cluster, x.engine, x."policyId", x."resourceId", x.namespace, x.name, x."startedAt", x."endedAt",
    x.outcome, x."durationSeconds", x."logicalBytes", x."addedBytes", x."storedBytes", x.files, x."snapshotId", x.warnings, x.errors,
    x."errorText", x."fullRead", x."unlistedVolumes", x."volumeObjects", x."endedWithinSeconds", next_revision
  from jsonb_to_recordset(rows) as x ("runId" text, "runDay" date, engine text, "policyId" text, "resourceId" text, namespace text, name text,
    "startedAt" timestamptz, "endedAt" timestamptz, outcome text, "durationSeconds" double precision, "logicalBytes" bigint, "addedBytes" bigint,
    "storedBytes" bigint, files bigint, "snapshotId" text, warnings bigint, errors bigint, "errorText" text, "fullRead" boolean, "unlistedVolumes" text,
    "volumeObjects" bigint, "endedWithinSeconds" double precision)
  on conflict do nothing;
  get diagnostics inserted = row_count;
  -- An object now shows what only a metric had shown: it is the same run.
  if inserted > 0 and exists (select from plimsoll.runs m where m.tenant_id = tenant and m.ended_within is not null) then
    delete from plimsoll.runs m
    using jsonb_to_recordset(rows) as x ("policyId" text, "endedAt" timestamptz, "endedWithinSeconds" double precision)
    where m.tenant_id = tenant and m.cluster_id = cluster and m.policy_id = x."policyId" and x."endedWithinSeconds" is null
      and m.ended_within is not null and m.ended_at between x."endedAt" - make_interval(secs => m.ended_within)
        and x."endedAt" + make_interval(secs => m.ended_within);
    get diagnostics replaced = row_count;
    update plimsoll.collector_state s set run_count = s.run_count - replaced
    where s.tenant_id = tenant and s.cluster_id = cluster and replaced > 0;
  end if;
  updated := 0;
  if inserted = jsonb_array_length(rows) then
    return;
  end if;
  update plimsoll.runs r
  set policy_id = x."policyId", resource_id = x."resourceId", started_at = x."startedAt", ended_at = x."endedAt", outcome = x.outcome,
    duration_seconds = x."durationSeconds", logical_bytes = x."logicalBytes", added_bytes = x."addedBytes", stored_bytes = x."storedBytes",
    files = x.files, snapshot_id = x."snapshotId", warnings = x.warnings, errors = x.errors, error_text = x."errorText",
    full_read = x."fullRead", unlisted_volumes = x."unlistedVolumes", volume_objects = x."volumeObjects", revision = next_revision
  from jsonb_to_recordset(rows) as x ("runId" text, "runDay" date, "policyId" text, "resourceId" text, "startedAt" timestamptz,
    "endedAt" timestamptz, outcome text, "durationSeconds" double precision, "logicalBytes" bigint, "addedBytes" bigint, "storedBytes" bigint,
    files bigint, "snapshotId" text, warnings bigint, errors bigint, "errorText" text, "fullRead" boolean, "unlistedVolumes" text,
    "volumeObjects" bigint)
  where r.tenant_id = tenant and r.run_day = any (days) and r.run_day = x."runDay" and r.run_id = x."runId" and r.cluster_id = cluster
    and (r.policy_id, r.resource_id, r.started_at, r.ended_at, r.outcome, r.duration_seconds, r.logical_bytes, r.added_bytes, r.stored_bytes,
      r.files, r.snapshot_id, r.warnings, r.errors, r.error_text, r.full_read, r.unlisted_volumes,
      r.volume_objects)
      is distinct from (x."policyId", x."resourceId", x."startedAt"::timestamptz(3), x."endedAt"::timestamptz(3), x.outcome, x."durationSeconds",
        x."logicalBytes", x."addedBytes", x."storedBytes", x.files, x."snapshotId", x.warnings, x.errors, x."errorText", x."fullRead",
        x."unlistedVolumes", x."volumeObjects");
  get diagnostics updated = row_count;
  if updated > 0 then
    update plimsoll.run_volumes v set run_started_at = x."startedAt"
    from jsonb_to_recordset(rows) as x ("runId" text, "runDay" date, "startedAt" timestamptz(3))
    where v.tenant_id = tenant and v.run_day = x."runDay" and v.run_id = x."runId" and v.run_started_at <> x."startedAt";
  end if;
end $$;

-- Volumes and attempts make their run a changed one, so that it is judged again. The days stand in the text: the planner
-- then looks at their partitions alone.
create function plimsoll.touch_runs(tenant text, next_revision bigint, days date[], ids text[]) returns void language plpgsql as $$
begin
  if cardinality(ids) > 0 then
    execute format('update plimsoll.runs r set revision = $1 where r.tenant_id = $2 and r.run_day = any (%L::date[]) and r.run_id = any ($3)'
      ' and r.revision <> $1', days) using next_revision, tenant, ids;
  end if;
end $$;

create function plimsoll.save_run_volumes(tenant text, cluster text, next_revision bigint, rows jsonb) returns bigint
language plpgsql as $$
declare
  ids text[];
  days date[];
begin
  with x as (
    select * from jsonb_to_recordset(rows) as x ("runId" text, "runDay" date, "resourceId" text, outcome text, "startedAt" timestamptz(3),
      "endedAt" timestamptz(3), "logicalBytes" bigint, "addedBytes" bigint, "snapshotId" text, message text)
  ), saved as (
    insert into plimsoll.run_volumes as v (tenant_id, run_day, run_id, resource_id, cluster_id, namespace, outcome, run_started_at, started_at,
      ended_at, logical_bytes, added_bytes, snapshot_id, message)
    select tenant, x."runDay", x."runId", x."resourceId", cluster, coalesce(res.namespace, ''), x.outcome,
      coalesce((select r.started_at from plimsoll.runs r where r.tenant_id = tenant and r.run_day = x."runDay" and r.run_id = x."runId"),
        x."startedAt", x."runDay"), x."startedAt", x."endedAt", x."logicalBytes", x."addedBytes", x."snapshotId", x.message
    from x left join plimsoll.resources res on res.tenant_id = tenant and res.resource_id = x."resourceId"
    where not exists (select from plimsoll.run_volumes o
      where o.tenant_id = tenant and o.run_day = x."runDay" and o.run_id = x."runId" and o.resource_id = x."resourceId"
        and (o.outcome, o.started_at, o.ended_at, o.logical_bytes, o.added_bytes, o.snapshot_id, o.message)
          is not distinct from (x.outcome, x."startedAt", x."endedAt", x."logicalBytes", x."addedBytes", x."snapshotId", x.message))
    on conflict (tenant_id, run_day, run_id, resource_id) do update set namespace = excluded.namespace, outcome = excluded.outcome,
      started_at = excluded.started_at, ended_at = excluded.ended_at, logical_bytes = excluded.logical_bytes,
      added_bytes = excluded.added_bytes, snapshot_id = excluded.snapshot_id, message = excluded.message
    returning v.run_id, v.run_day
  )
  select array_agg(run_id), array_agg(distinct run_day) into ids, days from saved;
  perform plimsoll.touch_runs(tenant, next_revision, days, ids);
  return coalesce(cardinality(ids), 0);
end $$;

create function plimsoll.save_attempts(tenant text, cluster text, next_revision bigint, rows jsonb) returns bigint
language plpgsql as $$
declare
  ids text[];
  days date[];
begin
  with saved as (
    insert into plimsoll.attempts as a (tenant_id, run_day, run_id, attempt_key, cluster_id, namespace, policy_id, ended_at, outcome, log)
    select tenant, x."runDay", x."runId", x."attemptKey", cluster, coalesce(r.namespace, p.namespace, ''), x."policyId", x."endedAt", x.outcome, x.log
    from jsonb_to_recordset(rows) as x ("runId" text, "runDay" date, "attemptKey" text, "policyId" text, "endedAt" timestamptz(3), outcome text, log text)
    left join plimsoll.runs r on r.tenant_id = tenant and r.run_day = x."runDay" and r.run_id = x."runId"
    left join plimsoll.policies p on p.tenant_id = tenant and p.policy_id = x."policyId"
    where not exists (select from plimsoll.attempts o
      where o.tenant_id = tenant and o.run_day = x."runDay" and o.run_id = x."runId" and o.attempt_key = x."attemptKey"
        and (o.policy_id, o.ended_at, o.outcome, o.log) is not distinct from (x."policyId", x."endedAt", x.outcome, x.log))
    on conflict (tenant_id, run_day, run_id, attempt_key) do update set policy_id = excluded.policy_id, ended_at = excluded.ended_at,
      outcome = excluded.outcome, log = excluded.log
    returning a.run_id, a.run_day
  )
  select array_agg(run_id), array_agg(distinct run_day) into ids, days from saved;
  perform plimsoll.touch_runs(tenant, next_revision, days, ids);
  return coalesce(cardinality(ids), 0);
end $$;

create function plimsoll.save_restore_points(tenant text, cluster text, rows jsonb, runs jsonb) returns bigint
language plpgsql as $$
declare
  changed bigint;
begin
  insert into plimsoll.restore_points (tenant_id, restore_point_id, cluster_id, engine, policy_id, repository_id, resource_id, run_id,
    namespace, source_namespace, taken_at, expires_at, handle, logical_bytes)
  select tenant, x."restorePointId", cluster, x.engine, x."policyId", x."repositoryId", x."resourceId", x."runId",
    coalesce(res.namespace, y.namespace, p.namespace, ''), coalesce(y.namespace, p.namespace, res.namespace, ''),
    x."takenAt", x."expiresAt", x.handle, x."logicalBytes"
  from jsonb_to_recordset(rows) as x ("restorePointId" text, engine text, "policyId" text, "repositoryId" text, "resourceId" text, "runId" text,
    "takenAt" timestamptz(3), "expiresAt" timestamptz(3), handle text, "logicalBytes" bigint)
  left join plimsoll.resources res on res.tenant_id = tenant and res.resource_id = x."resourceId"
  left join jsonb_to_recordset(runs) as y ("runId" text, namespace text) on y."runId" = x."runId"
  left join plimsoll.policies p on p.tenant_id = tenant and p.policy_id = x."policyId"
  where not exists (select from plimsoll.restore_points o
    where o.tenant_id = tenant and o.restore_point_id = x."restorePointId" and o.gone_at is null
      and (o.policy_id, o.repository_id, o.resource_id, o.run_id, o.taken_at, o.expires_at, o.handle, o.logical_bytes)
        is not distinct from (x."policyId", x."repositoryId", x."resourceId", x."runId", x."takenAt", x."expiresAt", x.handle, x."logicalBytes"))
  on conflict (tenant_id, restore_point_id) do update set policy_id = excluded.policy_id, repository_id = excluded.repository_id,
    resource_id = excluded.resource_id, run_id = excluded.run_id, taken_at = excluded.taken_at, expires_at = excluded.expires_at,
    handle = excluded.handle, logical_bytes = excluded.logical_bytes, gone_at = null
  where restore_points.cluster_id = cluster;
  get diagnostics changed = row_count;
  return changed;
end $$;

create function plimsoll.save_restore_runs(tenant text, cluster text, rows jsonb) returns bigint
language plpgsql as $$
declare
  changed bigint;
begin
  insert into plimsoll.restore_runs (tenant_id, restore_run_id, cluster_id, engine, kind, namespace, name, uid, resource_id, outcome,
    image_taken_at, started_at, ended_at, restored_bytes, message)
  select tenant, x."restoreRunId", cluster, x.engine, x.kind, x.namespace, x.name, x.uid, x."resourceId", x.outcome, x."imageTakenAt",
    x."startedAt", x."endedAt", x."restoredBytes", x.message
  from jsonb_to_recordset(rows) as x ("restoreRunId" text, engine text, kind text, namespace text, name text, uid text, "resourceId" text,
    outcome text, "imageTakenAt" timestamptz(3), "startedAt" timestamptz(3), "endedAt" timestamptz(3), "restoredBytes" bigint, message text)
  where not exists (select from plimsoll.restore_runs o
    where o.tenant_id = tenant and o.restore_run_id = x."restoreRunId" and o.removed_at is null
      and (o.uid, o.resource_id, o.outcome, o.image_taken_at, o.started_at, o.ended_at, o.restored_bytes, o.message)
        is not distinct from (x.uid, x."resourceId", x.outcome, x."imageTakenAt", x."startedAt", x."endedAt", x."restoredBytes", x.message))
  on conflict (tenant_id, restore_run_id) do update set uid = excluded.uid, resource_id = excluded.resource_id, outcome = excluded.outcome,
    image_taken_at = excluded.image_taken_at, started_at = excluded.started_at, ended_at = excluded.ended_at,
    restored_bytes = excluded.restored_bytes, message = excluded.message, removed_at = null
  where restore_runs.cluster_id = cluster;
  get diagnostics changed = row_count;
  return changed;
end $$;

-- Marks what is gone, by id or because a complete list does not name it; runs stay, they are history.
create function plimsoll.mark_gone(tenant text, cluster text, seen_at timestamptz, batch jsonb) returns bigint
language plpgsql as $$
declare
  part record;
  rows bigint;
  total bigint := 0;
begin
  for part in
    select * from (values
      ('resources', 'resource_id', 'removed_at', 'removedResourceIds'), ('policies', 'policy_id', 'removed_at', 'removedPolicyIds'),
      ('repositories', 'repository_id', 'removed_at', 'removedRepositoryIds'),
      ('restore_points', 'restore_point_id', 'gone_at', 'removedRestorePointIds'),
      ('restore_runs', 'restore_run_id', 'removed_at', 'removedRestoreRunIds')) as v (name, id, mark, field)
    where jsonb_array_length(batch -> field) > 0
  loop
    execute format('update plimsoll.%I set %I = $3 where tenant_id = $1 and cluster_id = $2 and %I is null'
      ' and %I in (select jsonb_array_elements_text($4))', part.name, part.mark, part.mark, part.id)
      using tenant, cluster, seen_at, batch -> part.field;
    get diagnostics rows = row_count;
    total := total + rows;
  end loop;
  for part in select * from jsonb_to_recordset(batch -> 'completeLists') as x ("table" text, kind text, namespace text, engine text, ids jsonb) loop
    if part."table" = 'restore_points' then
      -- A point does not say of which kind it is; its engine does, which the list or any point on it names.
      update plimsoll.restore_points p set gone_at = seen_at
      where p.tenant_id = tenant and p.cluster_id = cluster and p.gone_at is null
        and (part.namespace is null or p.source_namespace = part.namespace)
        and p.engine in (select part.engine union select o.engine::text from plimsoll.restore_points o
          where o.tenant_id = tenant and o.restore_point_id = part.ids ->> 0)
        and p.restore_point_id not in (select jsonb_array_elements_text(part.ids));
    elsif part."table" in ('resources', 'policies', 'repositories', 'restore_runs') then
      -- Engines have kinds of the same name: Velero's Schedule is not K8up's.
      execute format('update plimsoll.%I set removed_at = $3 where tenant_id = $1 and cluster_id = $2 and removed_at is null'
        ' and kind = $4 and ($5 is null or namespace = $5) and %I not in (select jsonb_array_elements_text($6))%s', part."table",
        case part."table" when 'resources' then 'resource_id' when 'policies' then 'policy_id'
          when 'repositories' then 'repository_id' else 'restore_run_id' end,
        case when part."table" <> 'resources' and part.engine is not null then ' and engine = $7' else '' end)
        using tenant, cluster, seen_at, part.kind, part.namespace, part.ids, part.engine;
    else
      continue;
    end if;
    get diagnostics rows = row_count;
    total := total + rows;
  end loop;
  if total > 0 then
    update plimsoll.resource_edges e set valid_until = greatest(seen_at, e.valid_from)
    from plimsoll.resources r
    where e.tenant_id = tenant and e.cluster_id = cluster and e.valid_until is null and r.tenant_id = tenant
      and r.cluster_id = cluster and r.removed_at = seen_at::timestamptz(3) and r.resource_id in (e.from_resource_id, e.to_resource_id);
  end if;
  return total;
end $$;

-- Runs under way that nobody will say the end of: a complete list leaves their objects out, or, of VolSync, whose runs
-- have no objects, their policy is gone. How they went is unknown.
create function plimsoll.end_lost_runs(tenant text, cluster text, next_revision bigint, lists jsonb) returns bigint
language plpgsql as $$
declare
  ids text[];
  days date[];
begin
  with lost as (
    update plimsoll.runs r set outcome = 'unknown', revision = next_revision
    where r.tenant_id = tenant and r.cluster_id = cluster and r.outcome = 'running' and r.outcome <> 'success'
      and (exists (select from jsonb_to_recordset(lists) as x ("table" text, namespace text, engine text, ids jsonb)
          where x."table" = 'runs' and x.engine = r.engine and (x.namespace is null or x.namespace = r.namespace) and not x.ids ? r.run_id)
        or (r.engine = 'volsync' and exists (select from plimsoll.policies p
          where p.tenant_id = tenant and p.policy_id = r.policy_id and p.removed_at is not null)))
    returning r.run_id, r.run_day
  )
  select array_agg(run_id), array_agg(distinct run_day) into ids, days from lost;
  update plimsoll.run_volumes v set outcome = 'unknown'
  where v.tenant_id = tenant and v.run_day = any (days) and v.run_id = any (ids) and v.outcome = 'running';
  return coalesce(cardinality(ids), 0);
end $$;

-- Each new window swallows the stored ones it touches.
create function plimsoll.save_observed_windows(tenant text, cluster text, rows jsonb) returns void
language plpgsql as $$
declare
  w record;
  first timestamptz;
  last timestamptz;
  touched integer;
begin
  for w in select x.kind, x."from" as from_at, x."until" as until_at
    from jsonb_to_recordset(rows) as x (kind text, "from" timestamptz(3), "until" timestamptz(3)) order by x.kind, x."from" loop
    select min(o.from_at), max(o.until_at), count(*) into first, last, touched from plimsoll.observed_windows o
    where o.tenant_id = tenant and o.cluster_id = cluster and o.kind = w.kind and o.from_at <= w.until_at and o.until_at >= w.from_at;
    if touched = 1 and first <= w.from_at then
      update plimsoll.observed_windows o set until_at = w.until_at
      where o.tenant_id = tenant and o.cluster_id = cluster and o.kind = w.kind and o.from_at = first and o.until_at < w.until_at;
    else
      delete from plimsoll.observed_windows o
      where o.tenant_id = tenant and o.cluster_id = cluster and o.kind = w.kind and o.from_at <= w.until_at and o.until_at >= w.from_at;
      insert into plimsoll.observed_windows (tenant_id, cluster_id, kind, from_at, until_at)
      values (tenant, cluster, w.kind, least(first, w.from_at), greatest(last, w.until_at));
    end if;
  end loop;
end $$;

create function public.plimsoll_save_facts(tenant text, batch jsonb) returns jsonb language plpgsql as $$
declare
  cluster constant text := batch ->> 'clusterId';
  seen_at constant timestamptz(3) := (batch ->> 'observedAt')::timestamptz;
  state plimsoll.collector_state;
  next_revision bigint;
  runs record;
  inventory bigint := 0;
  outcomes bigint := 0;
  new_problems jsonb;
begin
  perform pg_advisory_xact_lock(hashtextextended(tenant || '/' || cluster, 0));
  select * into state from plimsoll.collector_state s where s.tenant_id = tenant and s.cluster_id = cluster;
  if state.cluster_id is null then
    raise exception 'cluster % is not known', cluster using errcode = 'PT404', hint = 'Save the cluster before its facts.';
  end if;
  next_revision := state.revision + 1;
  -- What a batch does not bring costs nothing: most bring one or two kinds of facts.
  inventory := case when batch -> 'resources' = '[]' then 0 else plimsoll.save_resources(tenant, cluster, seen_at, batch -> 'resources') end
    + case when batch -> 'edges' = '[]' then 0 else plimsoll.save_edges(tenant, cluster, seen_at, batch -> 'edges') end
    + case when batch -> 'repositories' = '[]' then 0 else plimsoll.save_repositories(tenant, cluster, seen_at, batch -> 'repositories') end
    + case when batch -> 'policies' = '[]' then 0 else plimsoll.save_policies(tenant, cluster, seen_at, batch -> 'policies') end;
  if batch -> 'runs' <> '[]' then
    select r.inserted, r.updated into runs from plimsoll.save_runs(tenant, cluster, next_revision, batch -> 'runs') r;
  else
    select 0::bigint as inserted, 0::bigint as updated into runs;
  end if;
  outcomes := runs.inserted + runs.updated
    + case when batch -> 'runVolumes' = '[]' then 0 else plimsoll.save_run_volumes(tenant, cluster, next_revision, batch -> 'runVolumes') end
    + case when batch -> 'attempts' = '[]' then 0 else plimsoll.save_attempts(tenant, cluster, next_revision, batch -> 'attempts') end;
  inventory := inventory
    + case when batch -> 'restorePoints' = '[]' then 0
        else plimsoll.save_restore_points(tenant, cluster, batch -> 'restorePoints', batch -> 'runs') end
    + case when batch -> 'restoreRuns' = '[]' then 0 else plimsoll.save_restore_runs(tenant, cluster, batch -> 'restoreRuns') end
    + plimsoll.mark_gone(tenant, cluster, seen_at, batch);
  if batch -> 'completeLists' <> '[]' or batch -> 'removedPolicyIds' <> '[]' then
    outcomes := outcomes + plimsoll.end_lost_runs(tenant, cluster, next_revision, batch -> 'completeLists');
  end if;
  perform plimsoll.save_observed_windows(tenant, cluster, batch -> 'observedWindows');
  new_problems := coalesce(nullif(batch -> 'problems', 'null'), state.problems);
  if new_problems <> state.problems then
    inventory := inventory + 1;
  end if;
  if inventory + outcomes > 0 then
    update plimsoll.collector_state s set revision = next_revision, observed_at = greatest(s.observed_at, seen_at),
      inventory_revision = case when inventory > 0 then next_revision else s.inventory_revision end,
      run_count = s.run_count + runs.inserted, problems = new_problems
    where s.tenant_id = tenant and s.cluster_id = cluster;
  else
    update plimsoll.collector_state s set observed_at = seen_at
    where s.tenant_id = tenant and s.cluster_id = cluster and (s.observed_at is null or s.observed_at < seen_at);
  end if;
  if inventory + outcomes >= 200 then
    perform plimsoll.refresh_statistics();
  end if;
  return jsonb_build_object('changed', inventory + outcomes > 0,
    'revision', state.revision + case when inventory + outcomes > 0 then 1 else 0 end);
end $$;

create function public.plimsoll_save_cluster(tenant text, cluster jsonb) returns jsonb language plpgsql as $$
begin
  insert into plimsoll.clusters as c (tenant_id, cluster_id, name, server, version, demo)
  values (tenant, cluster ->> 'clusterId', cluster ->> 'name', cluster ->> 'server', cluster ->> 'version', (cluster ->> 'demo')::boolean)
  on conflict (tenant_id, cluster_id) do update set name = excluded.name, server = excluded.server, version = excluded.version, demo = excluded.demo
  where (c.name, c.server, c.version, c.demo) is distinct from (excluded.name, excluded.server, excluded.version, excluded.demo);
  if found then
    insert into plimsoll.collector_state as s (tenant_id, cluster_id) values (tenant, cluster ->> 'clusterId')
    on conflict (tenant_id, cluster_id) do update set view_revision = s.view_revision + 1;
  end if;
  return null;
end $$;

create function public.plimsoll_take_lease(tenant text, cluster text, holder text, ttl_seconds double precision)
returns jsonb language plpgsql as $$
begin
  update plimsoll.collector_state s
  set lease_holder = holder, lease_until = clock_timestamp() + make_interval(secs => ttl_seconds)
  where s.tenant_id = tenant and s.cluster_id = cluster
    and (s.lease_holder is null or s.lease_holder = holder or s.lease_until <= clock_timestamp());
  return to_jsonb(found);
end $$;

create function public.plimsoll_release_lease(tenant text, cluster text, holder text) returns jsonb language plpgsql as $$
begin
  update plimsoll.collector_state s set lease_holder = null, lease_until = null
  where s.tenant_id = tenant and s.cluster_id = cluster and s.lease_holder = holder;
  return null;
end $$;

create function public.plimsoll_read_policy_memory(tenant text, cluster text) returns jsonb language sql stable as $$
  select coalesce(jsonb_object_agg(p.policy_id, p.memory), '{}') from plimsoll.policies p
  where p.tenant_id = tenant and p.cluster_id = cluster and p.memory is not null and p.removed_at is null
$$;

select plimsoll.expose(name, 'service_role') from unnest(array['plimsoll_save_facts', 'plimsoll_save_cluster', 'plimsoll_take_lease',
  'plimsoll_release_lease', 'plimsoll_read_policy_memory']) as name;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'plimsoll'::regnamespace and p.proname ~ '^(save_|touch_runs|mark_gone|end_lost_runs)' loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to service_role', helper);
  end loop;
end $$;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (3, 'save_facts', 1);
