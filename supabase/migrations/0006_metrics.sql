-- What metrics stores say: series of our own closed list, their samples for a month, rollups for a year, and what one
-- look after the house a day removes. A series belongs to a thing that facts know: others' metrics find no row.

create table plimsoll.series (
  tenant_id  text collate "C" not null,
  series_id  text collate "C" not null,
  cluster_id text collate "C" not null,
  namespace  text collate "C" not null,
  metric     text collate "C" not null,
  subject    text not null check (subject in ('resource', 'policy', 'repository')),
  subject_id text collate "C" not null,
  origin     text not null,
  last_at    timestamptz(3),
  last_value double precision,
  primary key (tenant_id, series_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id),
  check ((last_at is null) = (last_value is null))
) with (fillfactor = 70);
comment on column plimsoll.series.metric is 'What is measured, in our words; the unit ends its name.';
comment on column plimsoll.series.subject_id is 'The resource, policy or repository it is measured of.';
comment on column plimsoll.series.origin is 'The name in the metrics store.';
comment on column plimsoll.series.last_value is 'The newest sample.';
create index series_of_subject on plimsoll.series (tenant_id, subject_id, metric);
create index series_by_cluster on plimsoll.series (tenant_id, cluster_id, metric);

create table plimsoll.samples (
  tenant_id text collate "C" not null,
  day       date not null,
  series_id text collate "C" not null,
  at        timestamptz(3) not null,
  value     double precision not null check (value not in ('NaN', 'Infinity', '-Infinity')),
  primary key (tenant_id, day, series_id, at)
) partition by range (day);
comment on table plimsoll.samples is 'One value of one series; a value that does not change is written now and then only. Day partitions are made as samples arrive.';
comment on column plimsoll.samples.day is 'UTC day of at.';

create table plimsoll.samples_hourly (
  tenant_id  text collate "C" not null,
  series_id  text collate "C" not null,
  hour       timestamptz(3) not null,
  samples    integer not null check (samples > 0),
  lowest     double precision not null,
  highest    double precision not null,
  total      double precision not null,
  last_value double precision not null,
  last_at    timestamptz(3) not null,
  cluster_id text collate "C" not null,
  namespace  text collate "C" not null,
  primary key (tenant_id, series_id, hour),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.samples_hourly is 'Each UTC hour of a series.';
comment on column plimsoll.samples_hourly.total is 'Sum of the samples.';
-- Rows arrive by age: enough to find the oldest, and never mistaken for a way to one series.
create index samples_hourly_by_age on plimsoll.samples_hourly using brin (hour);

create table plimsoll.samples_daily (
  tenant_id  text collate "C" not null,
  series_id  text collate "C" not null,
  day        date not null,
  samples    integer not null check (samples > 0),
  lowest     double precision not null,
  highest    double precision not null,
  total      double precision not null,
  last_value double precision not null,
  last_at    timestamptz(3) not null,
  cluster_id text collate "C" not null,
  namespace  text collate "C" not null,
  primary key (tenant_id, series_id, day),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.samples_daily is 'Each UTC day of a series.';
comment on column plimsoll.samples_daily.total is 'Sum of the samples.';
create index samples_daily_by_age on plimsoll.samples_daily using brin (day);

select plimsoll.protect('plimsoll.samples', 'service');
select plimsoll.protect('plimsoll.' || name, 'namespaces') from unnest(array['series', 'samples_hourly', 'samples_daily']) as name;

-- Partitions are their owner's to attach and drop: these two run as the owner and take a day, or a table of two names
-- and a day, and nothing else.
create function plimsoll.add_samples_day(day date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  partition constant text := 'samples_' || to_char(day, 'YYYYMMDD');
begin
  perform pg_advisory_xact_lock(7403613, to_char(day, 'YYYYMMDD')::integer);
  -- Asked of the table: what this session remembers of names may be older than the lock.
  if exists (select from pg_class c where c.relnamespace = 'plimsoll'::regnamespace and c.relname = partition) then
    return;
  end if;
  execute format('create table plimsoll.%I (like plimsoll.samples including all)', partition);
  perform plimsoll.protect(('plimsoll.' || partition)::regclass, 'service');
  execute format('alter table plimsoll.samples attach partition plimsoll.%I for values from (%L) to (%L)', partition, day, day + 1);
end $$;

-- Drops the partitions of `runs` or `samples` that end on or before the day; returns how many.
create function plimsoll.drop_partitions(parent text, before date) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  old record;
  dropped integer := 0;
begin
  for old in
    select c.oid::regclass as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ('plimsoll.' || case parent when 'runs' then 'runs' when 'samples' then 'samples' end)::regclass
      and (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::date <= least(before, current_date)
  loop
    execute format('drop table %s', old.name);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;

-- Writing -----------------------------------------------------------------------------------------------------------

-- Only series of things that are known; a series keeps its row when its name in the metrics store changes.
create function plimsoll.save_series(tenant text, cluster text, rows jsonb) returns void language sql as $$
  insert into plimsoll.series as s (tenant_id, series_id, cluster_id, namespace, metric, subject, subject_id, origin)
  select tenant, x."seriesId", cluster, x.namespace, x.metric, x.subject, x."subjectId", x.origin
  from jsonb_to_recordset(rows) as x ("seriesId" text, namespace text, metric text, subject text, "subjectId" text, origin text)
  where case x.subject
    when 'resource' then exists (select from plimsoll.resources r where r.tenant_id = tenant and r.resource_id = x."subjectId" and r.cluster_id = cluster)
    when 'policy' then exists (select from plimsoll.policies p where p.tenant_id = tenant and p.policy_id = x."subjectId" and p.cluster_id = cluster)
    else exists (select from plimsoll.repositories r where r.tenant_id = tenant and r.repository_id = x."subjectId" and r.cluster_id = cluster) end
  on conflict (tenant_id, series_id) do update set origin = excluded.origin where s.origin <> excluded.origin
$$;

-- Returns how many samples were new; rollups and newest values follow from these alone.
create function plimsoll.save_samples(tenant text, cluster text, rows jsonb) returns bigint language plpgsql as $$
declare
  missing date;
  fresh bigint;
begin
  for missing in select distinct (x.at at time zone 'UTC')::date from jsonb_to_recordset(rows) as x (at timestamptz) loop
    if to_regclass('plimsoll.samples_' || to_char(missing, 'YYYYMMDD')) is null then
      perform plimsoll.add_samples_day(missing);
    end if;
  end loop;
  with added as (
    insert into plimsoll.samples (tenant_id, day, series_id, at, value)
    select tenant, (x.at at time zone 'UTC')::date, x."seriesId", x.at, x.value
    from jsonb_to_recordset(rows) as x ("seriesId" text, at timestamptz(3), value double precision)
    join plimsoll.series s on s.tenant_id = tenant and s.series_id = x."seriesId" and s.cluster_id = cluster
    on conflict do nothing
    returning series_id, day, at, value
  ), placed as (
    select a.*, s.namespace from added a join plimsoll.series s on s.tenant_id = tenant and s.series_id = a.series_id
  ), hourly as (
    insert into plimsoll.samples_hourly as h (tenant_id, series_id, hour, samples, lowest, highest, total, last_value, last_at, cluster_id, namespace)
    select tenant, p.series_id, date_trunc('hour', p.at, 'UTC'), count(*), min(p.value), max(p.value), sum(p.value),
      (array_agg(p.value order by p.at desc))[1], max(p.at), cluster, min(p.namespace)
    from placed p group by 2, 3
    on conflict (tenant_id, series_id, hour) do update set samples = h.samples + excluded.samples, lowest = least(h.lowest, excluded.lowest),
      highest = greatest(h.highest, excluded.highest), total = h.total + excluded.total, last_at = greatest(h.last_at, excluded.last_at),
      last_value = case when excluded.last_at > h.last_at then excluded.last_value else h.last_value end
  ), daily as (
    insert into plimsoll.samples_daily as d (tenant_id, series_id, day, samples, lowest, highest, total, last_value, last_at, cluster_id, namespace)
    select tenant, p.series_id, p.day, count(*), min(p.value), max(p.value), sum(p.value),
      (array_agg(p.value order by p.at desc))[1], max(p.at), cluster, min(p.namespace)
    from placed p group by 2, 3
    on conflict (tenant_id, series_id, day) do update set samples = d.samples + excluded.samples, lowest = least(d.lowest, excluded.lowest),
      highest = greatest(d.highest, excluded.highest), total = d.total + excluded.total, last_at = greatest(d.last_at, excluded.last_at),
      last_value = case when excluded.last_at > d.last_at then excluded.last_value else d.last_value end
  ), newest as (
    update plimsoll.series s set last_at = p.at, last_value = p.value
    from (select distinct on (series_id) series_id, at, value from placed order by series_id, at desc) p
    where s.tenant_id = tenant and s.series_id = p.series_id and (s.last_at is null or s.last_at < p.at)
  )
  select count(*) into fresh from added;
  return fresh;
end $$;

-- The runs of these that no object shows: of the same policy, none ended near and none was running then. One that metrics
-- have shown is known by its end, or by its start where that is exact: a Job that failed is seen anew after a gap. Metrics
-- do not name the claim; a policy of one claim does.
create function plimsoll.unseen_runs(tenant text, cluster text, rows jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(x.row || jsonb_build_object('resourceId', (
      select r.resource_id from plimsoll.policies p
      join plimsoll.resources r on r.tenant_id = tenant and r.namespace = p.selection ->> 'namespace' and r.name = p.selection -> 'names' ->> 0
        and r.cluster_id = cluster and r.kind = 'PersistentVolumeClaim'
      where p.tenant_id = tenant and p.policy_id = x.policy_id and p.selection ->> 'type' = 'claims'
        and jsonb_array_length(p.selection -> 'names') = 1))), '[]')
  from (
    select e.value as row, e.value ->> 'policyId' as policy_id, (e.value ->> 'startedAt')::timestamptz as started_at,
      (e.value ->> 'endedAt')::timestamptz as ended_at,
      make_interval(secs => (e.value ->> 'endedWithinSeconds')::double precision) as within
    from jsonb_array_elements(rows) e) x
  where exists (select from plimsoll.policies p where p.tenant_id = tenant and p.policy_id = x.policy_id and p.cluster_id = cluster)
    and not exists (select from plimsoll.runs r
      where r.tenant_id = tenant and r.policy_id = x.policy_id and r.ended_within is null
        and r.started_at <= x.ended_at + x.within and r.started_at >= x.ended_at - x.within - interval '7 days'
        and (coalesce(r.ended_at, case r.outcome when 'running' then 'infinity' else r.started_at end) >= x.ended_at - x.within
          or r.started_at between x.started_at - x.within and x.started_at + x.within))
    and not exists (select from plimsoll.runs r
      where r.tenant_id = tenant and r.policy_id = x.policy_id and r.ended_within is not null
        and r.ended_at > x.ended_at - x.within and r.ended_at < x.ended_at + x.within)
    and not exists (select from plimsoll.runs r
      where r.tenant_id = tenant and r.policy_id = x.policy_id and r.engine = x.row ->> 'engine' and r.name = x.row ->> 'name'
        and x.started_at < x.ended_at and r.started_at between x.started_at - interval '1 second' and x.started_at + interval '1 second')
$$;

create function public.plimsoll_save_metrics(tenant text, batch jsonb) returns jsonb language plpgsql as $$
declare
  cluster constant text := batch ->> 'clusterId';
  state plimsoll.collector_state;
  added record;
  samples bigint;
  unseen jsonb;
begin
  perform pg_advisory_xact_lock(hashtextextended(tenant || '/' || cluster, 0));
  select * into state from plimsoll.collector_state s where s.tenant_id = tenant and s.cluster_id = cluster;
  if state.cluster_id is null then
    raise exception 'cluster % is not known', cluster using errcode = 'PT404', hint = 'Save the cluster before its metrics.';
  end if;
  perform plimsoll.save_series(tenant, cluster, batch -> 'series');
  samples := plimsoll.save_samples(tenant, cluster, batch -> 'samples');
  added := (0::bigint, 0::bigint);
  unseen := plimsoll.unseen_runs(tenant, cluster, batch -> 'runs');
  select r.inserted, r.updated into added from plimsoll.save_runs(tenant, cluster, state.revision + 1, unseen) r;
  if added.inserted > 0 then
    update plimsoll.collector_state s set revision = s.revision + 1, run_count = s.run_count + added.inserted
    where s.tenant_id = tenant and s.cluster_id = cluster;
  end if;
  if jsonb_typeof(batch -> 'source') = 'object' then
    update plimsoll.collector_state s set metrics = batch -> 'source',
      view_revision = s.view_revision + case when s.metrics - 'observedAt' is distinct from (batch -> 'source') - 'observedAt' then 1 else 0 end
    where s.tenant_id = tenant and s.cluster_id = cluster and s.metrics is distinct from batch -> 'source';
  end if;
  return jsonb_build_object('samples', samples, 'runs', added.inserted);
end $$;

create function public.plimsoll_read_metrics_state(tenant text, cluster text) returns jsonb language sql stable as $$
  select s.metrics from plimsoll.collector_state s where s.tenant_id = tenant and s.cluster_id = cluster
$$;

-- Retention ---------------------------------------------------------------------------------------------------------

/*
 * Removes what has outlived its limit, in days: whole partitions of samples and runs, for all tenants, then at most
 * `row_limit` rows of each other table of this tenant. `more`: call again. Nothing younger than the database's own
 * clock allows is removed, however wrong `today` is.
 */
create function public.plimsoll_keep_house(tenant text, today date, sample_days integer, rollup_days integer, run_days integer, row_limit integer)
returns jsonb language plpgsql as $$
declare
  day constant date := least(today, current_date);
  partitions integer;
  part record;
  removed bigint := 0;
  most bigint := 0;
  rows bigint;
begin
  -- One at a time; who comes second has nothing to do.
  if not pg_try_advisory_xact_lock(7403614, 0) then
    return jsonb_build_object('partitions', 0, 'rows', 0, 'more', false);
  end if;
  partitions := plimsoll.drop_partitions('samples', day - sample_days) + plimsoll.drop_partitions('runs', day - run_days);
  for part in select * from (values
      ('samples_hourly', 'hour', (day - rollup_days)::text), ('samples_daily', 'day', (day - rollup_days)::text),
      ('run_volumes', 'run_day', date_trunc('month', day - run_days)::date::text),
      ('attempts', 'run_day', date_trunc('month', day - run_days)::date::text),
      ('energy', 'run_day', date_trunc('month', day - run_days)::date::text)) as v (name, age, before)
  loop
    execute format('delete from plimsoll.%I where ctid = any (array(select ctid from plimsoll.%I where tenant_id = $1 and %I < $2::%s limit $3))',
      part.name, part.name, part.age, case part.age when 'hour' then 'timestamptz' else 'date' end) using tenant, part.before, row_limit;
    get diagnostics rows = row_count;
    removed := removed + rows;
    most := greatest(most, rows);
  end loop;
  if partitions > 0 then
    update plimsoll.collector_state s set view_revision = s.view_revision + 1,
      run_count = (select count(*) from plimsoll.runs r where r.tenant_id = s.tenant_id and r.cluster_id = s.cluster_id)
    where s.tenant_id = tenant;
  end if;
  return jsonb_build_object('partitions', partitions, 'rows', removed, 'more', most >= row_limit);
end $$;

-- The feed ----------------------------------------------------------------------------------------------------------

-- Resources of a page with how full they are, as last measured. Growth is the straight line from the oldest hour of the
-- last week that lies at least a day back; null before that. What is compared with an index stands ready in a column:
-- row security lets nothing that computes see a row, so a computed value would find its row by reading all.
create function plimsoll.with_usage(resources jsonb) returns jsonb language sql stable as $$
  with wanted as materialized (
    select r.value, r.ordinality, r.value ->> 'resourceId' as id, 'volume-used-bytes' as used, 'volume-capacity-bytes' as capacity
    from jsonb_array_elements(resources) with ordinality r
  ), measured as materialized (
    select w.value, w.ordinality, u.series_id, u.last_at, u.last_value as used, c.last_value as capacity,
      u.last_at - interval '7 days' as week_ago, u.last_at - interval '1 day' as day_ago
    from wanted w
    left join lateral (select s.* from plimsoll.series s where s.tenant_id = (select plimsoll.current_tenant())
      and s.subject_id = w.id and s.metric = w.used limit 1) u on true
    left join lateral (select s.* from plimsoll.series s where s.tenant_id = (select plimsoll.current_tenant())
      and s.subject_id = w.id and s.metric = w.capacity limit 1) c on true
  )
  select coalesce(jsonb_agg(m.value || jsonb_build_object('usage', case when m.last_at is not null then
    jsonb_build_object('usedBytes', m.used, 'capacityBytes', m.capacity, 'fill', m.used / nullif(m.capacity, 0), 'at', plimsoll.iso(m.last_at),
      'growthBytesPerDay', (m.used - past.last_value) * 86400 / extract(epoch from m.last_at - past.last_at)) end)
    order by m.ordinality), '[]')
  from measured m
  left join lateral (select h.* from plimsoll.samples_hourly h where h.tenant_id = (select plimsoll.current_tenant())
    and h.series_id = m.series_id and h.hour >= m.week_ago and h.hour <= m.day_ago and h.last_at <= m.day_ago order by h.hour limit 1) past on true
$$;

select plimsoll.expose(name, 'service_role') from unnest(array['plimsoll_save_metrics', 'plimsoll_read_metrics_state',
  'plimsoll_keep_house']) as name;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace
    and p.proname in ('add_samples_day', 'drop_partitions', 'save_series', 'save_samples', 'unseen_runs') loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to service_role', helper);
  end loop;
end $$;
revoke all on function plimsoll.with_usage(jsonb) from public;
grant execute on function plimsoll.with_usage(jsonb) to authenticated;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (6, 'metrics', 1);
