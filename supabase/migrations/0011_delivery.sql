-- Who is disturbed by what was raised: the desk of a tenant, how each finding was delivered, and the incidents that
-- several findings share.

create table plimsoll.delivery_desks (
  tenant_id text collate "C" not null primary key references plimsoll.tenants (tenant_id),
  revision  bigint not null default 0 check (revision >= 0),
  desk      text check (octet_length(desk) <= 67108864)
);
comment on table plimsoll.delivery_desks is 'What a tenant''s deliveries rest on: what was told, pages of the day, groups that may become incidents. One row for all its clusters.';
comment on column plimsoll.delivery_desks.revision is 'Counts decisions: who decided on an older desk decides again.';

create table plimsoll.trait_sizes (
  tenant_id  text collate "C" not null,
  cluster_id text collate "C" not null,
  trait      text collate "C" not null,
  value      text collate "C" not null,
  bound      boolean not null,
  jobs       integer not null check (jobs > 0),
  primary key (tenant_id, cluster_id, trait, value),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.trait_sizes is 'How many jobs of a cluster share something; a tenant''s are the sum. What fewer than three share within a cluster is left out.';
comment on column plimsoll.trait_sizes.bound is 'The name means something within this cluster only.';
create index trait_sizes_of_value on plimsoll.trait_sizes (tenant_id, trait, value);

create table plimsoll.incidents (
  tenant_id     text collate "C" not null,
  incident_id   text collate "C" not null,
  shared        text collate "C" not null,
  value         text collate "C" not null,
  cluster_id    text collate "C",
  since         timestamptz(3) not null,
  newest_at     timestamptz(3) not null check (newest_at >= since),
  tripped       integer not null check (tripped > 0),
  shared_by     integer check (shared_by >= tripped),
  kinds         text[] not null default '{}',
  severity_rank smallint not null default 0,
  findings      integer not null default 0 check (findings >= 0),
  primary key (tenant_id, incident_id),
  foreign key (tenant_id, cluster_id) references plimsoll.clusters (tenant_id, cluster_id)
);
comment on table plimsoll.incidents is 'Findings that one shared thing explains.';
comment on column plimsoll.incidents.cluster_id is 'Null: what is shared reaches across clusters.';
comment on column plimsoll.incidents.tripped is 'Jobs with findings; of the trait `rule`, findings.';
comment on column plimsoll.incidents.shared_by is 'Jobs that share it; null: not counted.';
create index incidents_newest on plimsoll.incidents (tenant_id, since, incident_id);
create index incidents_of_cluster on plimsoll.incidents (tenant_id, cluster_id, since, incident_id);

create table plimsoll.finding_deliveries (
  tenant_id     text collate "C" not null,
  finding_id    text collate "C" not null,
  cluster_id    text collate "C" not null,
  namespace     text collate "C" not null,
  job_id        text collate "C",
  raised_at     timestamptz(3) not null,
  raised        jsonb not null check (jsonb_typeof(raised) = 'object'),
  tests         integer not null check (tests >= 0),
  first_contact boolean not null,
  delivery      text check (delivery in ('page', 'digest')),
  why           text check (why in ('told', 'member', 'low', 'chance', 'again', 'budget', 'first-contact')),
  incident_id   text collate "C",
  primary key (tenant_id, finding_id),
  foreign key (tenant_id, finding_id) references plimsoll.findings (tenant_id, finding_id),
  foreign key (tenant_id, incident_id) references plimsoll.incidents (tenant_id, incident_id),
  check ((delivery is null) = (why is null))
);
comment on table plimsoll.finding_deliveries is 'How each finding was delivered; written with the finding, decided when its tick is over.';
comment on column plimsoll.finding_deliveries.raised is 'Severity, probability, factor and traits when it was raised.';
comment on column plimsoll.finding_deliveries.tests is 'Runs of its cluster compared with their history at its tick.';
comment on column plimsoll.finding_deliveries.first_contact is 'It was there when its cluster was first judged.';
comment on column plimsoll.finding_deliveries.delivery is 'Null: not decided yet.';
create index finding_deliveries_waiting on plimsoll.finding_deliveries (tenant_id, raised_at, finding_id) where delivery is null;
create index finding_deliveries_of_incident on plimsoll.finding_deliveries (tenant_id, incident_id, finding_id) where incident_id is not null;

alter table plimsoll.collector_state add column tested jsonb not null default '[]' check (jsonb_typeof(tested) = 'array');
comment on column plimsoll.collector_state.tested is 'The newest twelve ticks at which runs were compared, in milliseconds, and how many.';

select plimsoll.protect('plimsoll.' || name, 'service') from unnest(array['delivery_desks', 'trait_sizes', 'incidents']) as name;
select plimsoll.protect('plimsoll.finding_deliveries', 'namespaces');
-- Whoever sees a finding of it.
grant select on plimsoll.incidents to authenticated;
create policy readers on plimsoll.incidents for select to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and ((select plimsoll.sees_all_namespaces())
    or exists (select from plimsoll.finding_deliveries d where d.tenant_id = incidents.tenant_id and d.incident_id = incidents.incident_id)));

-- Called by plimsoll_save_judgement, in its transaction and before it notes the instant. Null: nothing was raised or compared.
create function plimsoll.save_raised(tenant text, cluster text, news jsonb) returns void language plpgsql as $$
begin
  if jsonb_typeof(news) is distinct from 'object' then
    return;
  end if;
  insert into plimsoll.finding_deliveries (tenant_id, finding_id, cluster_id, namespace, job_id, raised_at, raised, tests, first_contact)
  select tenant, f.finding_id, cluster, f.namespace, x."jobId", f.raised_at, x.raised, x.tests, coalesce(s.judged_at is null, true)
  from jsonb_to_recordset(news -> 'raised') as x (fingerprint text, at timestamptz(3), "jobId" text, raised jsonb, tests integer)
  join plimsoll.findings f on f.tenant_id = tenant and f.finding_id = plimsoll.id_of(cluster, x.fingerprint, plimsoll.iso(x.at))
  left join plimsoll.collector_state s on s.tenant_id = tenant and s.cluster_id = cluster
  on conflict do nothing;
  if jsonb_typeof(news -> 'sizes') = 'array' then
    delete from plimsoll.trait_sizes t where t.tenant_id = tenant and t.cluster_id = cluster
      and (t.trait, t.value) not in (select x.trait, x.value from jsonb_to_recordset(news -> 'sizes') as x (trait text, value text));
    insert into plimsoll.trait_sizes as t (tenant_id, cluster_id, trait, value, bound, jobs)
    select tenant, cluster, x.trait, x.value, x.bound, x.jobs
    from jsonb_to_recordset(news -> 'sizes') as x (trait text, value text, bound boolean, jobs integer)
    on conflict (tenant_id, cluster_id, trait, value) do update set bound = excluded.bound, jobs = excluded.jobs
    where (t.bound, t.jobs) is distinct from (excluded.bound, excluded.jobs);
  end if;
end $$;

create function plimsoll.newest_tests(known jsonb, news jsonb) returns jsonb language sql immutable as $$
  select case when jsonb_typeof(news) is distinct from 'array' then known else (
    select coalesce(jsonb_agg(jsonb_build_array(t.at, t.runs) order by t.at desc), '[]') from (
      select (x.value ->> 0)::bigint as at, sum((x.value ->> 1)::integer) as runs from jsonb_array_elements(known || news) x
      group by 1 order by 1 desc limit 12) t) end
$$;

-- What waits up to an instant, the oldest first, and what deciding it takes.
create function public.plimsoll_read_delivery_work(tenant text, until_at timestamptz, row_limit integer) returns jsonb language sql stable as $$
  with due as (select * from plimsoll.finding_deliveries d where d.tenant_id = tenant and d.delivery is null
      and (d.raised_at <= until_at or d.first_contact) order by d.raised_at, d.finding_id limit row_limit),
    things as (select distinct t.key as trait, t.value ->> 'value' as value from due cross join lateral jsonb_each(due.raised -> 'traits') t)
  select jsonb_build_object('revision', coalesce((select k.revision from plimsoll.delivery_desks k where k.tenant_id = tenant), 0),
    'desk', (select k.desk from plimsoll.delivery_desks k where k.tenant_id = tenant),
    'jobs', (select coalesce(sum(s.jobs), 0) from plimsoll.trait_sizes s where s.tenant_id = tenant and s.trait = 'cluster'),
    'due', (select coalesce(jsonb_agg(due.raised || jsonb_build_object('findingId', due.finding_id, 'fingerprint', f.fingerprint,
        'clusterId', due.cluster_id, 'jobId', due.job_id, 'raisedAt', plimsoll.iso(due.raised_at), 'firstContact', due.first_contact,
        'tests', due.tests) order by due.raised_at, due.finding_id), '[]')
      from due join plimsoll.findings f on f.tenant_id = tenant and f.finding_id = due.finding_id),
    'sizes', (select coalesce(jsonb_agg(to_jsonb(z)), '[]') from (
      select s.trait, s.value, case when s.bound then s.cluster_id end as "clusterId", sum(s.jobs) as jobs
      from things join plimsoll.trait_sizes s on s.tenant_id = tenant and s.trait = things.trait and s.value = things.value group by 1, 2, 3) z),
    'tested', (select coalesce(jsonb_agg(jsonb_build_array(z.at, z.runs)), '[]') from (
      select (x.value ->> 0)::bigint as at, sum((x.value ->> 1)::integer) as runs
      from plimsoll.collector_state s cross join lateral jsonb_array_elements(s.tested) x where s.tenant_id = tenant group by 1) z))
$$;

-- False, and nothing is written, when somebody else has decided since the desk was read.
create function public.plimsoll_save_deliveries(tenant text, seen_revision bigint, desk text, deliveries jsonb, linked jsonb, incidents jsonb)
returns jsonb language plpgsql as $$
begin
  insert into plimsoll.delivery_desks (tenant_id) values (tenant) on conflict do nothing;
  perform from plimsoll.delivery_desks k where k.tenant_id = tenant and k.revision = seen_revision for update;
  if not found then
    return to_jsonb(false);
  end if;
  update plimsoll.delivery_desks k set revision = k.revision + 1, desk = plimsoll_save_deliveries.desk where k.tenant_id = tenant;
  insert into plimsoll.incidents as i (tenant_id, incident_id, shared, value, cluster_id, since, newest_at, tripped, shared_by)
  select tenant, x."incidentId", x.shared, x.value, x."clusterId", x.since, x."newestAt", x.tripped, x.of
  from jsonb_to_recordset(incidents) as x ("incidentId" text, shared text, value text, "clusterId" text, since timestamptz(3),
    "newestAt" timestamptz(3), tripped integer, of integer)
  on conflict (tenant_id, incident_id) do update set newest_at = greatest(i.newest_at, excluded.newest_at),
    tripped = greatest(i.tripped, excluded.tripped), shared_by = greatest(i.shared_by, excluded.shared_by);
  with decided as (
    update plimsoll.finding_deliveries d set delivery = x."as", why = x.why, incident_id = x."incidentId"
    from jsonb_to_recordset(deliveries) as x ("findingId" text, "as" text, why text, "incidentId" text)
    where d.tenant_id = tenant and d.finding_id = x."findingId" and d.delivery is null
    returning d.finding_id, d.cluster_id, d.incident_id),
  joined as (
    update plimsoll.finding_deliveries d set incident_id = x."incidentId" from jsonb_to_recordset(linked) as x ("findingId" text, "incidentId" text)
    where d.tenant_id = tenant and d.finding_id = x."findingId" and d.delivery is not null and d.incident_id is null
    returning d.finding_id, d.cluster_id, d.incident_id),
  changed as (select * from decided union all select * from joined),
  seen as (
    update plimsoll.collector_state s set view_revision = s.view_revision + 1
    where s.tenant_id = tenant and s.cluster_id in (select c.cluster_id from changed c)),
  members as (
    select c.incident_id, count(*) as findings, max(f.severity_rank) as severity_rank, array_agg(distinct f.kind) as kinds
    from changed c join plimsoll.findings f on f.tenant_id = tenant and f.finding_id = c.finding_id where c.incident_id is not null group by 1)
  update plimsoll.incidents i set findings = i.findings + m.findings, severity_rank = greatest(i.severity_rank, m.severity_rank),
    kinds = (select array_agg(distinct k order by k) from unnest(i.kinds || m.kinds) k)
  from members m where i.tenant_id = tenant and i.incident_id = m.incident_id;
  return to_jsonb(true);
end $$;

-- What people read ------------------------------------------------------------------------------------------------------

-- Of a cluster its name is shown, not its id.
create function plimsoll.shared_value(i plimsoll.incidents) returns text language sql stable as $$
  select case when i.shared = 'cluster' then coalesce((select c.name from plimsoll.clusters c
    where c.tenant_id = i.tenant_id and c.cluster_id = i.value), i.value) else i.value end
$$;

create function plimsoll.delivery_of(of_finding plimsoll.findings) returns jsonb language sql stable as $$
  select coalesce((select jsonb_build_object('delivery', d.delivery, 'deliveryReason', d.why,
      'incident', case when i.incident_id is not null then jsonb_build_object('id', i.incident_id, 'shared', i.shared,
        'value', plimsoll.shared_value(i), 'tripped', i.tripped, 'of', i.shared_by) end)
    from plimsoll.finding_deliveries d left join plimsoll.incidents i on i.tenant_id = d.tenant_id and i.incident_id = d.incident_id
    where d.tenant_id = of_finding.tenant_id and d.finding_id = of_finding.finding_id),
    '{"delivery": null, "deliveryReason": null, "incident": null}')
$$;

-- Without `state`: those with a finding that is not resolved.
create function public.plimsoll_list_incidents(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
  unresolved constant text := 'exists (select from plimsoll.finding_deliveries d join plimsoll.findings f on f.tenant_id = d.tenant_id'
    ' and f.finding_id = d.finding_id where d.tenant_id = i.tenant_id and d.incident_id = i.incident_id and f.resolved_at is null)';
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('incidentId', i.incident_id, 'shared', i.shared, 'value', plimsoll.shared_value(i.row),
      'clusterId', i.cluster_id, 'cluster', c.name, 'since', plimsoll.iso(i.since), 'newestAt', plimsoll.iso(i.newest_at), 'tripped', i.tripped,
      'of', i.shared_by, 'kinds', to_jsonb(i.kinds), 'severity', (array['low', 'medium', 'high', 'critical'])[i.severity_rank],
      'findings', i.findings, 'openFindings', (select count(*) from plimsoll.finding_deliveries d join plimsoll.findings f
        on f.tenant_id = d.tenant_id and f.finding_id = d.finding_id
        where d.tenant_id = i.tenant_id and d.incident_id = i.incident_id and f.resolved_at is null)) order by i.since desc, i.incident_id desc), '[]')
    from (select i.*, i as row from plimsoll.incidents i where i.tenant_id = (select plimsoll.current_tenant()) %s
      order by i.since desc, i.incident_id desc limit ($1 ->> 'limit')::integer + 1) i
    left join plimsoll.clusters c on c.tenant_id = i.tenant_id and c.cluster_id = i.cluster_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$i.cluster_id = $1 ->> 'clusterId'$c$,
      'since', $c$i.newest_at >= ($1 ->> 'since')::timestamptz$c$, 'incidentId', $c$i.incident_id = $1 ->> 'incidentId'$c$,
      'after', $c$(i.since, i.incident_id) < (($1 -> 'after' ->> 0)::timestamptz, $1 -> 'after' ->> 1)$c$))
    || case query ->> 'state' when 'any' then '' when 'ended' then ' and not ' || unresolved else ' and ' || unresolved end) into items using query;
  return plimsoll.page(items, query, array['since', 'incidentId']);
end $$;

-- One walk along the index of its order, as for every list (0005).
alter function public.plimsoll_list_incidents(jsonb) set enable_sort = off set enable_incremental_sort = off set enable_bitmapscan = off
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set join_collapse_limit = 1 set jit = off;

select plimsoll.expose(name, 'service_role') from unnest(array['plimsoll_read_delivery_work', 'plimsoll_save_deliveries']) as name;
select plimsoll.expose('plimsoll_list_incidents', 'authenticated');
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace
    and p.proname in ('save_raised', 'newest_tests', 'shared_value', 'delivery_of') loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to %I', helper,
      case when helper::text ~ 'save_raised|newest_tests' then 'service_role' else 'authenticated' end);
  end loop;
end $$;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (11, 'delivery', 1);
