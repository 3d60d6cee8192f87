-- What runs used, cost and emitted. An entry is three rows of one run, written together; sums by day, week and month are
-- kept beside them. Figures are decimals of a fixed scale, so that sums equal their parts in whatever order they are made.

create domain plimsoll.quality as text check (value in ('measured', 'partial', 'modelled', 'default'));

-- 1 is best; 5 is unknown.
create function plimsoll.quality_rank(quality text) returns smallint language sql immutable as $$
  select case quality when 'measured' then 1 when 'partial' then 2 when 'modelled' then 3 when 'default' then 4 else 5 end::smallint
$$;

create table plimsoll.energy (
  tenant_id   text collate "C" not null,
  run_day     date not null,
  run_id      text collate "C" not null,
  cluster_id  text collate "C" not null,
  namespace   text collate "C" not null,
  policy_id   text collate "C",
  app         text collate "C",
  ended_at    timestamptz(3) not null,
  joules      numeric(20, 3) check (joules >= 0),
  idle_joules numeric(20, 3) check (idle_joules >= 0),
  method      text,
  source      text,
  factor_year integer,
  quality     plimsoll.quality,
  zones       text[] not null,
  coverage    double precision check (coverage between 0 and 1),
  lower_bound boolean not null,
  note        text,
  revision    bigint not null,
  settled     boolean not null,
  primary key (tenant_id, run_day, run_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id),
  check ((joules is null) = (quality is null))
);
comment on table plimsoll.energy is 'Energy of a run''s mover pods. A run without a row has not been accounted yet.';
comment on column plimsoll.energy.app is 'Of the one resource the run protects, when it was accounted; null: several, or not known.';
comment on column plimsoll.energy.joules is 'J, active. Null: unknown.';
comment on column plimsoll.energy.idle_joules is 'J, booked to the pods by meters that tell it; not in joules.';
comment on column plimsoll.energy.coverage is '0..1; part of the pods'' lives the meter saw.';
comment on column plimsoll.energy.revision is 'Of the run''s facts that the entry was made from.';
comment on column plimsoll.energy.settled is 'False: the metrics store did not answer, and is asked again.';
comment on column plimsoll.energy.lower_bound is 'A counter began again, so some energy was not seen.';
create index energy_newest on plimsoll.energy (tenant_id, ended_at, run_id);
create index energy_of_policy on plimsoll.energy (tenant_id, policy_id, ended_at, run_id);
create index energy_of_namespace on plimsoll.energy (tenant_id, namespace, ended_at, run_id);
create index energy_of_cluster on plimsoll.energy (tenant_id, cluster_id, ended_at, run_id);

create table plimsoll.cost (
  tenant_id  text collate "C" not null,
  run_day    date not null,
  run_id     text collate "C" not null,
  cluster_id text collate "C" not null,
  namespace  text collate "C" not null,
  amount     numeric(22, 10) check (amount >= 0),
  currency   text collate "C" check (currency ~ '^[A-Z]{3}$'),
  quality    plimsoll.quality,
  parts      jsonb not null check (jsonb_typeof(parts) = 'array'),
  missing    text[] not null,
  primary key (tenant_id, run_day, run_id),
  foreign key (tenant_id, run_day, run_id) references plimsoll.energy (tenant_id, run_day, run_id) on delete cascade,
  check ((amount is null) = (currency is null))
);
comment on column plimsoll.cost.amount is 'Null: unpriced.';
comment on column plimsoll.cost.parts is 'Each with value, method, source, factorYear and quality; their sum is the amount.';
comment on column plimsoll.cost.missing is 'Parts without a price.';

create table plimsoll.carbon (
  tenant_id              text collate "C" not null,
  run_day                date not null,
  run_id                 text collate "C" not null,
  cluster_id             text collate "C" not null,
  namespace              text collate "C" not null,
  grams                  numeric(22, 6) check (grams >= 0),
  kilowatt_hours         double precision check (kilowatt_hours >= 0),
  grams_per_kilowatt_hour double precision not null,
  place                  text not null,
  pue                    double precision not null check (pue >= 1),
  quality                plimsoll.quality,
  source                 text not null,
  factor_year            integer not null,
  parts                  jsonb not null check (jsonb_typeof(parts) = 'array'),
  missing                text[] not null,
  primary key (tenant_id, run_day, run_id),
  foreign key (tenant_id, run_day, run_id) references plimsoll.energy (tenant_id, run_day, run_id) on delete cascade,
  check ((grams is null) = (quality is null))
);
comment on column plimsoll.carbon.grams is 'gCO2e, operational and location-based. Null: unknown.';

create table plimsoll.ledger_sums (
  tenant_id         text collate "C" not null,
  grain             text collate "C" not null check (grain in ('day', 'week', 'month')),
  starts            date not null,
  cluster_id        text collate "C" not null,
  namespace         text collate "C" not null,
  policy_id         text collate "C" not null,
  app               text collate "C" not null,
  currency          text collate "C" not null,
  runs              bigint not null,
  measured          bigint not null,
  partial           bigint not null,
  modelled          bigint not null,
  defaulted         bigint not null,
  joules            numeric not null,
  cost_incomplete   bigint not null,
  amount            numeric not null,
  carbon_known      bigint not null,
  carbon_incomplete bigint not null,
  grams             numeric not null,
  primary key (tenant_id, grain, starts, cluster_id, namespace, policy_id, app, currency),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
) with (fillfactor = 80);
comment on table plimsoll.ledger_sums is 'Sums of energy, cost and carbon by the UTC day, week and month in which runs ended; kept when entries are written.';
comment on column plimsoll.ledger_sums.starts is 'First day; weeks begin on Monday.';
comment on column plimsoll.ledger_sums.policy_id is 'Empty: nobody scheduled them.';
comment on column plimsoll.ledger_sums.app is 'Empty: several, or not known.';
comment on column plimsoll.ledger_sums.currency is 'Empty: unpriced.';

create table plimsoll.ledger_progress (
  tenant_id  text collate "C" not null,
  cluster_id text collate "C" not null,
  revision   bigint not null check (revision >= 0),
  primary key (tenant_id, cluster_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on column plimsoll.ledger_progress.revision is 'Every run written up to this revision of the facts, and ended, is accounted.';

select plimsoll.protect('plimsoll.ledger_progress', 'service');
select plimsoll.protect('plimsoll.' || name, 'namespaces') from unnest(array['energy', 'cost', 'carbon', 'ledger_sums']) as name;

-- Reading what is to be accounted --------------------------------------------------------------------------------------

-- Ended runs written after `after_revision` (null: after all that is accounted) whose entry is missing, from older facts
-- or not settled; with the entry they have. Bytes that only its volumes tell are theirs.
create function public.plimsoll_read_ledger_input(tenant text, cluster text, after_revision bigint, run_limit integer)
returns jsonb language plpgsql stable as $$
declare
  known_revision bigint;
  from_revision bigint;
  beyond bigint;
  until_revision bigint;
begin
  select s.revision into known_revision from plimsoll.collector_state s where s.tenant_id = tenant and s.cluster_id = cluster;
  from_revision := coalesce(after_revision, (select p.revision from plimsoll.ledger_progress p where p.tenant_id = tenant and p.cluster_id = cluster), 0);
  select r.revision into beyond from plimsoll.runs r
  where r.tenant_id = tenant and r.cluster_id = cluster and r.revision > from_revision order by r.revision offset run_limit limit 1;
  until_revision := case when beyond is null then coalesce(known_revision, 0) else coalesce((select r.revision from plimsoll.runs r
    where r.tenant_id = tenant and r.cluster_id = cluster and r.revision > from_revision and r.revision < beyond
    order by r.revision desc limit 1), beyond) end;
  return jsonb_build_object('revision', until_revision, 'more', until_revision < coalesce(known_revision, 0) and exists (select from plimsoll.runs r
      where r.tenant_id = tenant and r.cluster_id = cluster and r.revision > until_revision),
    'runs', (select coalesce(jsonb_agg(jsonb_build_object('revision', r.revision, 'runId', r.run_id, 'runDay', r.run_day, 'engine', r.engine,
        'policyId', r.policy_id, 'namespace', r.namespace, 'name', r.name, 'startedAt', plimsoll.iso(r.started_at),
        'endedAt', plimsoll.iso(r.ended_at), 'outcome', r.outcome, 'logicalBytes', coalesce(r.logical_bytes, v.logical_bytes),
        'addedBytes', coalesce(r.added_bytes, v.added_bytes), 'storedBytes', r.stored_bytes,
        'known', (select jsonb_build_object('energy', plimsoll.energy_view(e), 'cost', plimsoll.cost_view(c)) from plimsoll.energy e
          join plimsoll.cost c on c.tenant_id = tenant and c.run_day = e.run_day and c.run_id = e.run_id
          where e.tenant_id = tenant and e.run_day = r.run_day and e.run_id = r.run_id),
        'expiresAt', (select plimsoll.iso(p.expires_at) from plimsoll.restore_points p where p.tenant_id = tenant and p.run_id = r.run_id
          and p.expires_at is not null order by p.expires_at desc limit 1)) order by r.ended_at, r.run_id), '[]')
      from plimsoll.runs r
      cross join lateral (
        select case when count(*) = count(v.logical_bytes) then sum(v.logical_bytes) end as logical_bytes,
          case when count(*) = count(v.added_bytes) then sum(v.added_bytes) end as added_bytes
        from plimsoll.run_volumes v where v.tenant_id = tenant and v.run_day = r.run_day and v.run_id = r.run_id) v
      where r.tenant_id = tenant and r.cluster_id = cluster and r.revision > from_revision and r.revision <= until_revision
        and r.ended_at is not null and not exists (select from plimsoll.energy e
          where e.tenant_id = tenant and e.run_day = r.run_day and e.run_id = r.run_id and e.settled and e.revision >= r.revision)));
end $$;

-- Writing --------------------------------------------------------------------------------------------------------------

create function plimsoll.energy_view(e plimsoll.energy) returns jsonb language sql stable as $$
  select jsonb_build_object('joules', e.joules, 'idleJoules', e.idle_joules, 'method', e.method, 'source', e.source, 'factorYear', e.factor_year,
    'quality', e.quality, 'zones', to_jsonb(e.zones), 'coverage', e.coverage, 'lowerBound', e.lower_bound, 'note', e.note)
$$;

create function plimsoll.cost_view(c plimsoll.cost) returns jsonb language sql stable as $$
  select jsonb_build_object('amount', c.amount, 'currency', c.currency, 'quality', c.quality, 'parts', c.parts, 'missing', to_jsonb(c.missing))
$$;

create function plimsoll.carbon_view(c plimsoll.carbon) returns jsonb language sql stable as $$
  select jsonb_build_object('grams', c.grams, 'kilowattHours', c.kilowatt_hours, 'gramsPerKilowattHour', c.grams_per_kilowatt_hour, 'place', c.place,
    'pue', c.pue, 'quality', c.quality, 'source', c.source, 'factorYear', c.factor_year, 'parts', c.parts, 'missing', to_jsonb(c.missing))
$$;

-- Entries worth writing: of a run that is known, different from what is written, and of energy known no worse.
create function plimsoll.fresh_entries(tenant text, cluster text, entries jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(x.value), '[]') from jsonb_array_elements(entries) x
  join plimsoll.runs r on r.tenant_id = tenant and r.run_day = (x.value ->> 'runDay')::date and r.run_id = x.value ->> 'runId'
    and r.cluster_id = cluster and r.ended_at is not null
  left join plimsoll.energy e on e.tenant_id = tenant and e.run_day = r.run_day and e.run_id = r.run_id
  left join plimsoll.cost c on c.tenant_id = tenant and c.run_day = r.run_day and c.run_id = r.run_id
  left join plimsoll.carbon k on k.tenant_id = tenant and k.run_day = r.run_day and k.run_id = r.run_id
  where e.run_id is null or (plimsoll.quality_rank(x.value -> 'energy' ->> 'quality') <= plimsoll.quality_rank(e.quality)
    and (plimsoll.energy_view(e), plimsoll.cost_view(c), plimsoll.carbon_view(k), e.ended_at, e.revision, e.settled)
      is distinct from (x.value -> 'energy', x.value -> 'cost', x.value -> 'carbon', r.ended_at, (x.value ->> 'revision')::bigint,
        (x.value ->> 'settled')::boolean))
$$;

-- Adds the entries of these runs to the sums, or with sign -1 takes them out.
create function plimsoll.add_to_ledger_sums(tenant text, days date[], ids text[], sign integer) returns void language sql as $$
  insert into plimsoll.ledger_sums as l (tenant_id, grain, starts, cluster_id, namespace, policy_id, app, currency, runs, measured, partial, modelled,
    defaulted, joules, cost_incomplete, amount, carbon_known, carbon_incomplete, grams)
  select tenant, g.grain, date_trunc(g.grain, e.ended_at at time zone 'UTC')::date, e.cluster_id, e.namespace, coalesce(e.policy_id, ''),
    coalesce(e.app, ''), coalesce(c.currency, ''), sign * count(*), sign * count(*) filter (where e.quality = 'measured'),
    sign * count(*) filter (where e.quality = 'partial'), sign * count(*) filter (where e.quality = 'modelled'),
    sign * count(*) filter (where e.quality = 'default'), sign * coalesce(sum(e.joules), 0),
    sign * count(*) filter (where c.amount is not null and cardinality(c.missing) > 0), sign * coalesce(sum(c.amount), 0),
    sign * count(k.grams), sign * count(*) filter (where k.grams is not null and cardinality(k.missing) > 0), sign * coalesce(sum(k.grams), 0)
  from plimsoll.energy e
  join plimsoll.cost c on c.tenant_id = tenant and c.run_day = e.run_day and c.run_id = e.run_id
  join plimsoll.carbon k on k.tenant_id = tenant and k.run_day = e.run_day and k.run_id = e.run_id
  cross join (values ('day'), ('week'), ('month')) g (grain)
  where e.tenant_id = tenant and e.run_day = any (days) and e.run_id = any (ids)
  group by 2, 3, 4, 5, 6, 7, 8
  on conflict (tenant_id, grain, starts, cluster_id, namespace, policy_id, app, currency) do update set runs = l.runs + excluded.runs,
    measured = l.measured + excluded.measured, partial = l.partial + excluded.partial, modelled = l.modelled + excluded.modelled,
    defaulted = l.defaulted + excluded.defaulted, joules = l.joules + excluded.joules, cost_incomplete = l.cost_incomplete + excluded.cost_incomplete,
    amount = l.amount + excluded.amount, carbon_known = l.carbon_known + excluded.carbon_known,
    carbon_incomplete = l.carbon_incomplete + excluded.carbon_incomplete, grams = l.grams + excluded.grams
$$;

create function plimsoll.save_energy(tenant text, cluster text, entries jsonb) returns void language sql as $$
  insert into plimsoll.energy (tenant_id, run_day, run_id, cluster_id, namespace, policy_id, app, ended_at, joules, idle_joules, method, source,
    factor_year, quality, zones, coverage, lower_bound, note, revision, settled)
  select tenant, r.run_day, r.run_id, cluster, r.namespace, r.policy_id, res.app, r.ended_at, y.joules, y."idleJoules", y.method, y.source,
    y."factorYear", y.quality, y.zones, y.coverage, y."lowerBound", y.note, x.revision, x.settled
  from jsonb_to_recordset(entries) as x ("runId" text, "runDay" date, energy jsonb, revision bigint, settled boolean)
  cross join lateral jsonb_to_record(x.energy) as y (joules numeric, "idleJoules" numeric, method text, source text, "factorYear" integer,
    quality text, zones text[], coverage double precision, "lowerBound" boolean, note text)
  join plimsoll.runs r on r.tenant_id = tenant and r.run_day = x."runDay" and r.run_id = x."runId"
  left join plimsoll.resources res on res.tenant_id = tenant and res.resource_id = r.resource_id
  on conflict (tenant_id, run_day, run_id) do update set namespace = excluded.namespace, policy_id = excluded.policy_id, app = excluded.app,
    ended_at = excluded.ended_at, joules = excluded.joules, idle_joules = excluded.idle_joules, method = excluded.method, source = excluded.source,
    factor_year = excluded.factor_year, quality = excluded.quality, zones = excluded.zones, coverage = excluded.coverage,
    lower_bound = excluded.lower_bound, note = excluded.note, revision = excluded.revision, settled = excluded.settled
$$;

create function plimsoll.save_cost(tenant text, entries jsonb) returns void language sql as $$
  insert into plimsoll.cost (tenant_id, run_day, run_id, cluster_id, namespace, amount, currency, quality, parts, missing)
  select tenant, e.run_day, e.run_id, e.cluster_id, e.namespace, y.amount, y.currency, y.quality, y.parts, y.missing
  from jsonb_to_recordset(entries) as x ("runId" text, "runDay" date, cost jsonb)
  cross join lateral jsonb_to_record(x.cost) as y (amount numeric, currency text, quality text, parts jsonb, missing text[])
  join plimsoll.energy e on e.tenant_id = tenant and e.run_day = x."runDay" and e.run_id = x."runId"
  on conflict (tenant_id, run_day, run_id) do update set namespace = excluded.namespace, amount = excluded.amount, currency = excluded.currency,
    quality = excluded.quality, parts = excluded.parts, missing = excluded.missing
$$;

create function plimsoll.save_carbon(tenant text, entries jsonb) returns void language sql as $$
  insert into plimsoll.carbon (tenant_id, run_day, run_id, cluster_id, namespace, grams, kilowatt_hours, grams_per_kilowatt_hour, place, pue,
    quality, source, factor_year, parts, missing)
  select tenant, e.run_day, e.run_id, e.cluster_id, e.namespace, y.grams, y."kilowattHours", y."gramsPerKilowattHour", y.place, y.pue, y.quality,
    y.source, y."factorYear", y.parts, y.missing
  from jsonb_to_recordset(entries) as x ("runId" text, "runDay" date, carbon jsonb)
  cross join lateral jsonb_to_record(x.carbon) as y (grams numeric, "kilowattHours" double precision, "gramsPerKilowattHour" double precision,
    place text, pue double precision, quality text, source text, "factorYear" integer, parts jsonb, missing text[])
  join plimsoll.energy e on e.tenant_id = tenant and e.run_day = x."runDay" and e.run_id = x."runId"
  on conflict (tenant_id, run_day, run_id) do update set namespace = excluded.namespace, grams = excluded.grams,
    kilowatt_hours = excluded.kilowatt_hours, grams_per_kilowatt_hour = excluded.grams_per_kilowatt_hour, place = excluded.place, pue = excluded.pue,
    quality = excluded.quality, source = excluded.source, factor_year = excluded.factor_year, parts = excluded.parts, missing = excluded.missing
$$;

create function public.plimsoll_save_ledger(tenant text, ledger jsonb) returns jsonb language plpgsql as $$
declare
  cluster constant text := ledger ->> 'clusterId';
  entries jsonb;
  days date[];
  ids text[];
begin
  perform pg_advisory_xact_lock(hashtextextended(tenant || '/' || cluster, 0));
  entries := plimsoll.fresh_entries(tenant, cluster, ledger -> 'entries');
  if jsonb_array_length(entries) > 0 then
    select array_agg(distinct (x.value ->> 'runDay')::date), array_agg(x.value ->> 'runId') into days, ids from jsonb_array_elements(entries) x;
    perform plimsoll.add_to_ledger_sums(tenant, days, ids, -1);
    perform plimsoll.save_energy(tenant, cluster, entries);
    perform plimsoll.save_cost(tenant, entries);
    perform plimsoll.save_carbon(tenant, entries);
    perform plimsoll.add_to_ledger_sums(tenant, days, ids, 1);
    update plimsoll.collector_state s set view_revision = s.view_revision + 1 where s.tenant_id = tenant and s.cluster_id = cluster;
  end if;
  insert into plimsoll.ledger_progress as p (tenant_id, cluster_id, revision) values (tenant, cluster, (ledger ->> 'revision')::bigint)
  on conflict (tenant_id, cluster_id) do update set revision = excluded.revision where p.revision < excluded.revision;
  return jsonb_build_object('written', jsonb_array_length(entries));
end $$;

-- The feed -------------------------------------------------------------------------------------------------------------

-- Sums over rows of ledger_sums, as they are shown. Nothing known is null, never zero.
create function plimsoll.ledger_line(runs numeric, measured numeric, partial numeric, modelled numeric, defaulted numeric, joules numeric,
  priced numeric, cost_incomplete numeric, amounts jsonb, carbon_known numeric, carbon_incomplete numeric, grams numeric)
returns jsonb language sql immutable as $$
  select jsonb_build_object('runs', runs,
    'joules', case when measured + partial + modelled + defaulted > 0 then joules end,
    'energy', jsonb_build_object('measured', measured, 'partial', partial, 'modelled', modelled, 'default', defaulted,
      'unknown', runs - measured - partial - modelled - defaulted),
    'amounts', coalesce(amounts, '[]'),
    'cost', jsonb_build_object('priced', priced, 'incomplete', cost_incomplete, 'unpriced', runs - priced),
    'grams', case when carbon_known > 0 then grams end,
    'carbon', jsonb_build_object('known', carbon_known, 'incomplete', carbon_incomplete, 'unknown', runs - carbon_known))
$$;

-- What of ledger_sums `l` a query asks for, but for the periods; $1 is the query.
create function plimsoll.ledger_conditions(query jsonb) returns text language sql immutable as $$
  select 'l.tenant_id = (select plimsoll.current_tenant()) and l.runs > 0' || plimsoll.conditions(query, jsonb_build_object(
    'clusterId', $c$l.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$l.namespace = $1 ->> 'namespace'$c$,
    'policyId', $c$l.policy_id = $1 ->> 'policyId'$c$, 'app', $c$l.app = $1 ->> 'app'$c$))
$$;

-- By what lines are summed: one text for each line of a period.
create function plimsoll.ledger_key(query jsonb) returns text language sql immutable as $$
  select case query ->> 'by' when 'cluster' then 'l.cluster_id'
    when 'policy' then $c$case l.policy_id when '' then l.cluster_id || '/' || l.namespace else l.policy_id end$c$
    else $c$l.cluster_id || '/' || l.namespace || '/' || l.app$c$ end
$$;

-- The total of all days in the stretch: whole months by their own sums, the days before and after them by theirs.
create function plimsoll.ledger_total(query jsonb, from_day date, until_day date) returns jsonb language plpgsql stable as $$
declare
  first_month constant date := case when isfinite(from_day) then date_trunc('month', from_day + interval '1 month' - interval '1 day')::date else from_day end;
  last_month constant date := case when isfinite(until_day) then greatest(date_trunc('month', until_day)::date, first_month) else until_day end;
  total jsonb;
begin
  execute format($q$
    with rows as (
      select l.* from plimsoll.ledger_sums l where %1$s and l.grain = 'month' and l.starts >= $4 and l.starts < $5
      union all
      select l.* from plimsoll.ledger_sums l where %1$s and l.grain = 'day' and l.starts >= $2 and l.starts < least($3, $4)
      union all
      select l.* from plimsoll.ledger_sums l where %1$s and l.grain = 'day' and l.starts >= $5 and l.starts < $3
    ), sums as (
      select l.currency, sum(l.runs) as runs, sum(l.measured) as measured, sum(l.partial) as partial, sum(l.modelled) as modelled,
        sum(l.defaulted) as defaulted, sum(l.joules) as joules, sum(l.cost_incomplete) as cost_incomplete, sum(l.amount) as amount,
        sum(l.carbon_known) as carbon_known, sum(l.carbon_incomplete) as carbon_incomplete, sum(l.grams) as grams
      from rows l group by l.currency
    )
    select plimsoll.ledger_line(coalesce(sum(runs), 0), coalesce(sum(measured), 0), coalesce(sum(partial), 0), coalesce(sum(modelled), 0),
      coalesce(sum(defaulted), 0), sum(joules), coalesce(sum(runs) filter (where currency <> ''), 0), coalesce(sum(cost_incomplete), 0),
      jsonb_agg(jsonb_build_object('currency', currency, 'amount', amount) order by currency) filter (where currency <> ''),
      coalesce(sum(carbon_known), 0), coalesce(sum(carbon_incomplete), 0), sum(grams)) from sums $q$, plimsoll.ledger_conditions(query))
  into total using query, from_day, until_day, first_month, last_month;
  return total;
end $$;

-- The earliest period that a page needs: newest first, until there are lines enough. Null: there is none.
create function plimsoll.ledger_page_from(query jsonb, from_day date, before date) returns date language plpgsql stable as $$
declare
  wanted constant integer := (query ->> 'limit')::integer + 1;
  tenant constant text := plimsoll.current_tenant();
  lines bigint := 0;
  more bigint;
  reached date;
  at date := before;
begin
  loop
    select l.starts into at from plimsoll.ledger_sums l
    where l.tenant_id = tenant and l.grain = query ->> 'period' and l.starts < at order by l.starts desc limit 1;
    exit when at is null or at < from_day;
    execute format('select count(distinct %s) from plimsoll.ledger_sums l where %s and l.grain = $2 and l.starts = $3 %s',
      plimsoll.ledger_key(query), plimsoll.ledger_conditions(query), plimsoll.ledger_after(query)) into more using query, query ->> 'period', at;
    reached := at;
    lines := lines + more;
    exit when lines >= wanted;
  end loop;
  return reached;
end $$;

-- Lines behind the last one of the page before.
create function plimsoll.ledger_after(query jsonb) returns text language sql immutable as $$
  select plimsoll.conditions(query, jsonb_build_object('after',
    format($c$(l.starts < ($1 -> 'after' ->> 0)::date or (l.starts = ($1 -> 'after' ->> 0)::date and (%s) collate "C" > $1 -> 'after' ->> 1))$c$,
      plimsoll.ledger_key(query))))
$$;

/*
 * Lines by app, policy or cluster and period, newest period first, and the total of all of them. `since` and `until`
 * take whole periods: those that hold a day from the one on and before the other.
 */
create function public.plimsoll_read_ledger(query jsonb) returns jsonb language plpgsql stable as $$
declare
  grain constant text := query ->> 'period';
  step constant interval := ('1 ' || grain)::interval;
  from_day constant date := coalesce(date_trunc(grain, (query ->> 'since')::timestamp)::date, '-infinity');
  until_day constant date := coalesce((date_trunc(grain, (query ->> 'until')::timestamp - interval '1 day') + step)::date, 'infinity');
  before constant date := least(until_day, coalesce((query -> 'after' ->> 0)::date + 1, 'infinity'));
  items jsonb;
begin
  execute format($q$
    with lines as (
      select l.starts as period, (%1$s) collate "C" as key, l.currency, min(l.cluster_id) as cluster_id, min(l.namespace) as namespace,
        min(l.policy_id) as policy_id, min(l.app) as app, sum(l.runs) as runs, sum(l.measured) as measured, sum(l.partial) as partial,
        sum(l.modelled) as modelled, sum(l.defaulted) as defaulted, sum(l.joules) as joules, sum(l.cost_incomplete) as cost_incomplete,
        sum(l.amount) as amount, sum(l.carbon_known) as carbon_known, sum(l.carbon_incomplete) as carbon_incomplete, sum(l.grams) as grams
      from plimsoll.ledger_sums l where %2$s and l.grain = $2 and l.starts >= $3 and l.starts < $4 %3$s group by 1, 2, 3
    ), page as (
      select period, key, min(cluster_id) as cluster_id, min(namespace) as namespace, min(policy_id) as policy_id, min(app) as app,
        plimsoll.ledger_line(sum(runs), sum(measured), sum(partial), sum(modelled), sum(defaulted), sum(joules),
          coalesce(sum(runs) filter (where currency <> ''), 0), sum(cost_incomplete),
          jsonb_agg(jsonb_build_object('currency', currency, 'amount', amount) order by currency) filter (where currency <> ''),
          sum(carbon_known), sum(carbon_incomplete), sum(grams)) as line
      from lines group by period, key order by period desc, key limit ($1 ->> 'limit')::integer + 1
    )
    select coalesce(jsonb_agg(s.line || jsonb_build_object('period', s.period, 'key', s.key, 'clusterId', s.cluster_id, 'cluster', c.name,
      'namespace', case when $1 ->> 'by' <> 'cluster' then s.namespace end,
      'policyId', case when $1 ->> 'by' = 'policy' then nullif(s.policy_id, '') end,
      'app', case when $1 ->> 'by' = 'app' then nullif(s.app, '') end,
      'label', case $1 ->> 'by' when 'cluster' then c.name when 'policy' then plimsoll.label(p.namespace, p.name)
        else plimsoll.label(s.namespace, nullif(s.app, '')) end) order by s.period desc, s.key), '[]')
    from page s
    join plimsoll.clusters c on c.tenant_id = (select plimsoll.current_tenant()) and c.cluster_id = s.cluster_id
    left join plimsoll.policies p on p.tenant_id = c.tenant_id and p.policy_id = s.policy_id $q$,
    plimsoll.ledger_key(query), plimsoll.ledger_conditions(query), plimsoll.ledger_after(query))
  into items using query, grain, plimsoll.ledger_page_from(query, from_day, before), before;
  return plimsoll.page(items, query, array['period', 'key']) || jsonb_build_object('total', plimsoll.ledger_total(query, from_day, until_day));
end $$;

create function public.plimsoll_list_run_figures(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('runId', e.run_id, 'runDay', e.run_day, 'clusterId', e.cluster_id, 'cluster', n.name,
      'namespace', e.namespace, 'policyId', e.policy_id, 'policy', plimsoll.label(p.namespace, p.name), 'app', e.app, 'endedAt', plimsoll.iso(e.ended_at),
      'energy', plimsoll.energy_view(e.row), 'cost', plimsoll.cost_view(c), 'carbon', plimsoll.carbon_view(k)) order by e.ended_at desc, e.run_id desc), '[]')
    from (select e.*, e as row from plimsoll.energy e where e.tenant_id = (select plimsoll.current_tenant()) %s
      order by e.ended_at desc, e.run_id desc limit ($1 ->> 'limit')::integer + 1) e
    join plimsoll.cost c on c.tenant_id = e.tenant_id and c.run_day = e.run_day and c.run_id = e.run_id
    join plimsoll.carbon k on k.tenant_id = e.tenant_id and k.run_day = e.run_day and k.run_id = e.run_id
    join plimsoll.clusters n on n.tenant_id = e.tenant_id and n.cluster_id = e.cluster_id
    left join plimsoll.policies p on p.tenant_id = e.tenant_id and p.policy_id = e.policy_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$e.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$e.namespace = $1 ->> 'namespace'$c$,
      'policyId', $c$e.policy_id = $1 ->> 'policyId'$c$, 'since', $c$e.ended_at >= ($1 ->> 'since')::timestamptz$c$,
      'until', $c$e.ended_at < ($1 ->> 'until')::timestamptz$c$,
      'after', $c$(e.ended_at, e.run_id) < (($1 -> 'after' ->> 0)::timestamptz, $1 -> 'after' ->> 1)$c$))) into items using query;
  return plimsoll.page(items, query, array['endedAt', 'runId']);
end $$;

select plimsoll.expose(name, 'service_role') from unnest(array['plimsoll_read_ledger_input', 'plimsoll_save_ledger']) as name;
select plimsoll.expose(name, 'authenticated') from unnest(array['plimsoll_read_ledger', 'plimsoll_list_run_figures']) as name;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace
    and p.proname in ('quality_rank', 'energy_view', 'cost_view', 'carbon_view', 'fresh_entries', 'add_to_ledger_sums', 'save_energy', 'save_cost',
      'save_carbon') loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to service_role', helper);
  end loop;
end $$;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace
    and p.proname in ('energy_view', 'cost_view', 'carbon_view') or p.pronamespace = 'plimsoll'::regnamespace and p.proname like 'ledger\_%' loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to authenticated', helper);
  end loop;
end $$;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (7, 'ledger', 1);
