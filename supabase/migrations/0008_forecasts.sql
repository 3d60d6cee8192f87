-- What is likely to happen: the probability stated for each job's next run, the memory it comes from, and how such
-- statements have turned out.

create table plimsoll.forecasts (
  tenant_id              text collate "C" not null,
  cluster_id             text collate "C" not null,
  job_id                 text collate "C" not null,
  namespace              text collate "C" not null,
  policy_id              text collate "C",
  policy                 text,
  resource_id            text collate "C",
  resource               text,
  engine                 text collate "C" not null,
  next_due_at            timestamptz(3) not null,
  probability            double precision not null check (probability between 0 and 1),
  low                    double precision not null check (low between 0 and 1),
  high                   double precision not null check (high between low and 1),
  rpo_broken_within_day  double precision check (rpo_broken_within_day between 0 and 1),
  rpo_broken_within_week double precision check (rpo_broken_within_week between 0 and 1),
  reasons                jsonb not null check (jsonb_typeof(reasons) = 'array'),
  results                integer not null check (results >= 0),
  stated_at              timestamptz(3) not null,
  primary key (tenant_id, cluster_id, job_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.forecasts is 'The newest forecast of each job that has a next due time.';
comment on column plimsoll.forecasts.probability is 'That the run due at next_due_at fails or is missed.';
comment on column plimsoll.forecasts.low is 'Between low and high the job''s true rate lies nine times in ten.';
comment on column plimsoll.forecasts.rpo_broken_within_day is 'Null: no good copy or no objective is known.';
comment on column plimsoll.forecasts.results is 'Outcomes of this job it rests on.';
create index forecasts_worst on plimsoll.forecasts (tenant_id, probability, job_id);
create index forecasts_of_cluster on plimsoll.forecasts (tenant_id, cluster_id, probability, job_id);
create index forecasts_of_namespace on plimsoll.forecasts (tenant_id, namespace, probability, job_id);
create index forecasts_of_policy on plimsoll.forecasts (tenant_id, policy_id, probability, job_id);
create index forecasts_of_resource on plimsoll.forecasts (tenant_id, resource_id, probability, job_id) where resource_id is not null;

create table plimsoll.forecast_memory (
  tenant_id  text collate "C" not null,
  cluster_id text collate "C" not null,
  key        text collate "C" not null,
  state      text not null check (octet_length(state) <= 262144),
  primary key (tenant_id, cluster_id, key),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.forecast_memory is 'What forecasts rest on: one row a job, one for what jobs share, one for the cluster; only the judging code reads them.';

create table plimsoll.forecast_outcomes (
  tenant_id  text collate "C" not null,
  cluster_id text collate "C" not null,
  about      text collate "C" not null check (about in ('run', 'rpo-within-day', 'rpo-within-week')),
  day        date not null,
  bin        smallint not null check (bin >= 0),
  forecasts  integer not null check (forecasts >= 0),
  stated     double precision not null check (stated between 0 and forecasts),
  failed     integer not null check (failed between 0 and forecasts),
  squares    double precision not null check (squares between 0 and forecasts),
  primary key (tenant_id, cluster_id, about, day, bin),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.forecast_outcomes is 'Outcomes of a day by what had been stated; a day''s rows are written whole, so writing twice counts once.';
comment on column plimsoll.forecast_outcomes.about is 'The next run, or whether the newest good copy became older than the RPO within a day or a week.';
comment on column plimsoll.forecast_outcomes.day is 'On which the outcome became known, UTC.';
comment on column plimsoll.forecast_outcomes.stated is 'Sum of the stated probabilities.';
comment on column plimsoll.forecast_outcomes.failed is 'How many came true: the run failed or was missed, or the RPO broke.';
comment on column plimsoll.forecast_outcomes.squares is 'Sum of squared errors: divided by the forecasts it is the Brier score.';

select plimsoll.protect('plimsoll.forecasts', 'namespaces');
select plimsoll.protect('plimsoll.forecast_memory', 'service');
select plimsoll.protect('plimsoll.forecast_outcomes', 'tenant');

-- Called by plimsoll_save_judgement, in its transaction. Null: a judgement without forecasts.
create function plimsoll.save_forecasts(tenant text, cluster text, forecasts jsonb) returns void language plpgsql as $$
begin
  if jsonb_typeof(forecasts) is distinct from 'object' then
    return;
  end if;
  delete from plimsoll.forecasts f using jsonb_array_elements_text(forecasts -> 'removedJobIds') gone
  where f.tenant_id = tenant and f.cluster_id = cluster and f.job_id = gone;
  insert into plimsoll.forecasts as f (tenant_id, cluster_id, job_id, namespace, policy_id, policy, resource_id, resource, engine, next_due_at,
    probability, low, high, rpo_broken_within_day, rpo_broken_within_week, reasons, results, stated_at)
  select tenant, cluster, r.* from jsonb_to_recordset(forecasts -> 'rows') r ("jobId" text, namespace text, "policyId" text, policy text,
    "resourceId" text, resource text, engine text, "nextDueAt" timestamptz, probability double precision, low double precision,
    high double precision, "rpoBrokenWithinDay" double precision, "rpoBrokenWithinWeek" double precision, reasons jsonb, results integer,
    "statedAt" timestamptz)
  on conflict (tenant_id, cluster_id, job_id) do update set namespace = excluded.namespace, policy_id = excluded.policy_id, policy = excluded.policy,
    resource_id = excluded.resource_id, resource = excluded.resource, engine = excluded.engine, next_due_at = excluded.next_due_at,
    probability = excluded.probability, low = excluded.low, high = excluded.high, rpo_broken_within_day = excluded.rpo_broken_within_day,
    rpo_broken_within_week = excluded.rpo_broken_within_week, reasons = excluded.reasons, results = excluded.results, stated_at = excluded.stated_at;
  delete from plimsoll.forecast_memory m using jsonb_array_elements_text(forecasts -> 'removedKeys') gone
  where m.tenant_id = tenant and m.cluster_id = cluster and m.key = gone;
  insert into plimsoll.forecast_memory as m (tenant_id, cluster_id, key, state)
  select tenant, cluster, s.key, s.state from jsonb_to_recordset(forecasts -> 'states') s (key text, state text)
  on conflict (tenant_id, cluster_id, key) do update set state = excluded.state where m.state is distinct from excluded.state;
  insert into plimsoll.forecast_outcomes as o (tenant_id, cluster_id, about, day, bin, forecasts, stated, failed, squares)
  select tenant, cluster, d.value ->> 'about', (d.value ->> 'day')::date, b.bin, b.count, b.stated, b.failed, b.squares
  from jsonb_array_elements(forecasts -> 'verified') d cross join lateral jsonb_to_recordset(d.value -> 'bins')
    b (bin smallint, count integer, stated double precision, failed integer, squares double precision)
  where b.count > 0
  on conflict (tenant_id, cluster_id, about, day, bin) do update set forecasts = excluded.forecasts, stated = excluded.stated, failed = excluded.failed,
    squares = excluded.squares;
end $$;

-- A page of the memory, as those that a judgement starts from.
create function public.plimsoll_read_forecast_memory(tenant text, cluster text, query jsonb) returns jsonb language sql stable as $$
  select plimsoll.page(coalesce(jsonb_agg(jsonb_build_object('key', m.key, 'state', m.state) order by m.key), '[]'), query, array['key'])
  from (select m.key, m.state from plimsoll.forecast_memory m where m.tenant_id = tenant and m.cluster_id = cluster
      and m.key > coalesce(query -> 'after' ->> 0, '')
    order by m.key limit (query ->> 'limit')::integer + 1) m
$$;

create function public.plimsoll_list_forecasts(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('jobId', f.job_id, 'clusterId', f.cluster_id, 'cluster', c.name, 'namespace', f.namespace,
      'engine', f.engine, 'policyId', f.policy_id, 'policy', f.policy, 'resourceId', f.resource_id, 'resource', f.resource,
      'nextDueAt', plimsoll.iso(f.next_due_at), 'probability', f.probability, 'low', f.low, 'high', f.high,
      'rpoBrokenWithinDay', f.rpo_broken_within_day, 'rpoBrokenWithinWeek', f.rpo_broken_within_week, 'reasons', f.reasons,
      'results', f.results, 'statedAt', plimsoll.iso(f.stated_at)) order by f.probability desc, f.job_id desc), '[]')
    from (select * from plimsoll.forecasts f where f.tenant_id = (select plimsoll.current_tenant()) %s
      order by f.probability desc, f.job_id desc limit ($1 ->> 'limit')::integer + 1) f
    join plimsoll.clusters c on c.tenant_id = f.tenant_id and c.cluster_id = f.cluster_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$f.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$f.namespace = $1 ->> 'namespace'$c$,
      'policyId', $c$f.policy_id = $1 ->> 'policyId'$c$, 'resourceId', $c$f.resource_id = $1 ->> 'resourceId'$c$,
      'minProbability', $c$f.probability >= ($1 ->> 'minProbability')::double precision$c$,
      'after', $c$(f.probability, f.job_id) < (($1 -> 'after' ->> 0)::double precision, $1 -> 'after' ->> 1)$c$))) into items using query;
  return plimsoll.page(items, query, array['probability', 'jobId']);
end $$;

-- About the next run unless the query says otherwise; over the given days, or all there are. Nothing forecast yet: counts of zero and scores that are null, never zero.
create function public.plimsoll_read_forecast_calibration(query jsonb) returns jsonb language sql stable as $$
  with bins as (
    select o.bin, sum(o.forecasts) as forecasts, sum(o.stated) as stated, sum(o.failed) as failed, sum(o.squares) as squares, min(o.day) as since,
      max(o.day) as until
    from plimsoll.forecast_outcomes o where o.tenant_id = (select plimsoll.current_tenant())
      and o.about = coalesce(query ->> 'about', 'run')
      and (query ->> 'clusterId' is null or o.cluster_id = query ->> 'clusterId')
      and (query ->> 'since' is null or o.day >= (query ->> 'since')::date)
    group by o.bin),
  whole as (
    select coalesce(sum(b.forecasts), 0) as forecasts, coalesce(sum(b.failed), 0) as failed, sum(b.squares) as squares,
      sum(b.failed)::double precision / nullif(sum(b.forecasts), 0) as rate, min(b.since) as since, max(b.until) as until,
      sum(abs(b.stated - b.failed)) as off from bins b)
  select jsonb_build_object('about', coalesce(query ->> 'about', 'run'), 'since', w.since, 'until', w.until, 'forecasts', w.forecasts, 'failed', w.failed,
    'brier', w.squares / nullif(w.forecasts, 0),
    'brierSkill', 1 - w.squares / nullif(w.forecasts * w.rate * (1 - w.rate), 0),
    'calibrationError', w.off / nullif(w.forecasts, 0),
    'bins', (select coalesce(jsonb_agg(jsonb_build_object('bin', b.bin, 'forecasts', b.forecasts, 'stated', b.stated / b.forecasts,
      'observed', b.failed::double precision / b.forecasts) order by b.bin), '[]') from bins b))
  from whole w
$$;

select plimsoll.expose('plimsoll_read_forecast_memory', 'service_role');
select plimsoll.expose(name, 'authenticated') from unnest(array['plimsoll_list_forecasts', 'plimsoll_read_forecast_calibration']) as name;
revoke all on function plimsoll.save_forecasts(text, text, jsonb) from public;
grant execute on function plimsoll.save_forecasts(text, text, jsonb) to service_role;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (8, 'forecasts', 1);
