-- By what a tenant's backups are judged: settings that differ from their defaults, people's own rules, and every change
-- of both; and the history that settings and rules are tried on.

create table plimsoll.judge_settings (
  tenant_id  text collate "C" not null primary key references plimsoll.tenants (tenant_id),
  settings   jsonb not null check (jsonb_typeof(settings) = 'object' and octet_length(settings::text) <= 65536),
  changed_at timestamptz(3) not null,
  changed_by text not null
);
comment on column plimsoll.judge_settings.settings is 'By kind of finding, only what differs from the defaults.';

create table plimsoll.rules (
  tenant_id  text collate "C" not null references plimsoll.tenants (tenant_id),
  name       text collate "C" not null check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  condition  text not null check (length(condition) between 1 and 500),
  severity   text not null check (severity in ('critical', 'high', 'medium', 'low')),
  sentence   text not null check (length(sentence) <= 500),
  next_step  text not null check (length(next_step) <= 500),
  changed_at timestamptz(3) not null,
  changed_by text not null,
  primary key (tenant_id, name)
);
comment on table plimsoll.rules is 'People''s own rules; the expression is read and checked by the program, never run.';

create table plimsoll.rule_changes (
  tenant_id text collate "C" not null references plimsoll.tenants (tenant_id),
  change_no bigint not null check (change_no > 0),
  at        timestamptz(3) not null,
  actor     text not null,
  subject   text not null check (subject in ('rule', 'settings')),
  name      text collate "C" check ((name is null) = (subject = 'settings')),
  before    jsonb,
  after     jsonb,
  primary key (tenant_id, change_no)
);
comment on table plimsoll.rule_changes is 'Every change of rules and settings; after null: the rule was removed.';

select plimsoll.protect('plimsoll.' || name, 'tenant') from unnest(array['judge_settings', 'rules', 'rule_changes']) as name;
-- They hold for every namespace: only who sees all of them may change them.
grant insert, update on plimsoll.judge_settings to authenticated;
grant insert, update, delete on plimsoll.rules to authenticated;
grant insert on plimsoll.rule_changes to authenticated;
create policy changers on plimsoll.judge_settings to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change()) and (select plimsoll.sees_all_namespaces()));
create policy changers on plimsoll.rules to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change()) and (select plimsoll.sees_all_namespaces()));
create policy changers on plimsoll.rule_changes for insert to authenticated
  with check (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change()) and (select plimsoll.sees_all_namespaces())
    and actor = (select plimsoll.claim('sub')));

create function plimsoll.rule_source(r plimsoll.rules) returns jsonb language sql stable as $$
  select jsonb_build_object('name', r.name, 'when', r.condition, 'severity', r.severity, 'sentence', r.sentence, 'nextStep', r.next_step)
$$;

-- For the judge.
create function public.plimsoll_read_judge_rules(tenant text) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'settings', coalesce((select s.settings from plimsoll.judge_settings s where s.tenant_id = tenant), '{}'),
    'rules', (select coalesce(jsonb_agg(plimsoll.rule_source(r) order by r.name), '[]') from plimsoll.rules r where r.tenant_id = tenant))
$$;

-- At most 50 rules: one page.
create function public.plimsoll_read_rules() returns jsonb language sql stable as $$
  select jsonb_build_object('settings', coalesce(s.settings, '{}'), 'changedAt', plimsoll.iso(s.changed_at), 'changedBy', s.changed_by,
    'rules', (select coalesce(jsonb_agg(plimsoll.rule_source(r) || jsonb_build_object('changedAt', plimsoll.iso(r.changed_at),
      'changedBy', r.changed_by) order by r.name), '[]') from plimsoll.rules r where r.tenant_id = (select plimsoll.current_tenant())))
  from (select plimsoll.current_tenant() as tenant) t left join plimsoll.judge_settings s on s.tenant_id = t.tenant
$$;

create function plimsoll.log_rule_change(at_time timestamptz, subject text, name text, before jsonb, after jsonb) returns void
language plpgsql as $$
declare
  own constant text := plimsoll.current_tenant();
begin
  insert into plimsoll.rule_changes (tenant_id, change_no, at, actor, subject, name, before, after)
  values (own, coalesce((select max(c.change_no) from plimsoll.rule_changes c where c.tenant_id = own), 0) + 1, at_time, plimsoll.claim('sub'),
    subject, name, before, after);
  perform plimsoll.count_change(s.cluster_id, false) from plimsoll.collector_state s where s.tenant_id = own;
end $$;

create function plimsoll.refuse_partial_members() returns void language plpgsql as $$
begin
  perform plimsoll.refuse_readers();
  if not plimsoll.sees_all_namespaces() then
    raise exception 'rules hold for every namespace, and this member sees only some' using errcode = 'PT403',
      hint = 'Ask a member who sees all namespaces.';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('plimsoll.rules ' || plimsoll.current_tenant(), 0));
end $$;

-- Makes the rule or puts it in the place of the one of its name; the same again changes nothing.
create function public.plimsoll_save_rule(rule jsonb, at_time timestamptz) returns jsonb language plpgsql as $$
declare
  own constant text := plimsoll.current_tenant();
  known plimsoll.rules;
begin
  perform plimsoll.refuse_partial_members();
  select * into known from plimsoll.rules r where r.tenant_id = own and r.name = rule ->> 'name';
  if known.name is null and (select count(*) from plimsoll.rules r where r.tenant_id = own) >= 50 then
    raise exception 'there are 50 rules already' using errcode = 'PT409', hint = 'Remove one that nobody needs.';
  end if;
  if known.name is not null and plimsoll.rule_source(known) = rule then
    return null;
  end if;
  insert into plimsoll.rules (tenant_id, name, condition, severity, sentence, next_step, changed_at, changed_by)
  values (own, rule ->> 'name', rule ->> 'when', rule ->> 'severity', rule ->> 'sentence', rule ->> 'nextStep', at_time,
    plimsoll.claim('sub'))
  on conflict (tenant_id, name) do update set condition = excluded.condition, severity = excluded.severity, sentence = excluded.sentence,
    next_step = excluded.next_step, changed_at = excluded.changed_at, changed_by = excluded.changed_by;
  perform plimsoll.log_rule_change(at_time, 'rule', rule ->> 'name', case when known.name is not null then plimsoll.rule_source(known) end, rule);
  return null;
end $$;

create function public.plimsoll_remove_rule(rule text, at_time timestamptz) returns jsonb language plpgsql as $$
declare
  known plimsoll.rules;
begin
  perform plimsoll.refuse_partial_members();
  select * into known from plimsoll.rules r where r.tenant_id = plimsoll.current_tenant() and r.name = rule;
  if known.name is null then
    raise exception 'no rule %', rule using errcode = 'PT404', hint = 'List the rules for their names.';
  end if;
  delete from plimsoll.rules r where r.tenant_id = known.tenant_id and r.name = rule;
  perform plimsoll.log_rule_change(at_time, 'rule', rule, plimsoll.rule_source(known), null);
  return null;
end $$;

-- All of them at once: what is left out has its default again.
create function public.plimsoll_save_judge_settings(settings jsonb, at_time timestamptz) returns jsonb language plpgsql as $$
declare
  own constant text := plimsoll.current_tenant();
  known constant jsonb := coalesce((select s.settings from plimsoll.judge_settings s where s.tenant_id = plimsoll.current_tenant()), '{}');
begin
  perform plimsoll.refuse_partial_members();
  if known = settings then
    return null;
  end if;
  insert into plimsoll.judge_settings as s (tenant_id, settings, changed_at, changed_by) values (own, settings, at_time, plimsoll.claim('sub'))
  on conflict (tenant_id) do update set settings = excluded.settings, changed_at = excluded.changed_at, changed_by = excluded.changed_by;
  perform plimsoll.log_rule_change(at_time, 'settings', null, known, settings);
  return null;
end $$;

create function public.plimsoll_list_rule_changes(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('changeNo', c.change_no, 'at', plimsoll.iso(c.at), 'actor', c.actor, 'subject', c.subject,
      'name', c.name, 'before', c.before, 'after', c.after) order by c.change_no desc), '[]')
    from (select * from plimsoll.rule_changes c where c.tenant_id = (select plimsoll.current_tenant()) %s
      order by c.change_no desc limit ($1 ->> 'limit')::integer + 1) c $q$,
    plimsoll.conditions(query, jsonb_build_object('after', $c$c.change_no < ($1 -> 'after' ->> 0)::bigint$c$))) into items using query;
  return plimsoll.page(items, query, array['changeNo']);
end $$;

-- Runs, newest start first, as what a replay takes: with each volume's part and the schedule as it is now.
create function public.plimsoll_list_run_history(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('runId', r.run_id, 'clusterId', r.cluster_id, 'engine', r.engine,
      'policy', plimsoll.label(p.namespace, p.name), 'resource', plimsoll.label(s.namespace, s.name),
      'schedule', case when not p.paused then p.schedule end, 'startedAt', plimsoll.iso(r.started_at), 'endedAt', plimsoll.iso(r.ended_at),
      'outcome', r.outcome, 'logicalBytes', r.logical_bytes, 'addedBytes', r.added_bytes, 'files', r.files, 'errorText', left(r.error_text, 500),
      'fullRead', r.full_read,
      'volumes', (select coalesce(jsonb_agg(jsonb_build_object('resource', coalesce(plimsoll.label(n.namespace, n.name), v.resource_id),
          'startedAt', plimsoll.iso(v.started_at), 'endedAt', plimsoll.iso(v.ended_at), 'outcome', v.outcome, 'logicalBytes', v.logical_bytes,
          'addedBytes', v.added_bytes, 'message', left(v.message, 500)) order by v.resource_id), '[]') from plimsoll.run_volumes v
        left join plimsoll.resources n on n.tenant_id = v.tenant_id and n.resource_id = v.resource_id
        where v.tenant_id = r.tenant_id and v.run_day = r.run_day and v.run_id = r.run_id)) order by r.started_at desc, r.run_id desc), '[]')
    from (select * from plimsoll.runs r where r.tenant_id = (select plimsoll.current_tenant()) %s
      order by r.started_at desc, r.run_id desc limit ($1 ->> 'limit')::integer + 1) r
    left join plimsoll.policies p on p.tenant_id = r.tenant_id and p.policy_id = r.policy_id
    left join plimsoll.resources s on s.tenant_id = r.tenant_id and s.resource_id = r.resource_id $q$,
    plimsoll.conditions(query, jsonb_build_object(
      'since', $c$r.started_at >= ($1 ->> 'since')::timestamptz$c$, 'until', $c$r.started_at < ($1 ->> 'until')::timestamptz$c$,
      'after', $c$(r.started_at, r.run_id) < (($1 -> 'after' ->> 0)::timestamptz, $1 -> 'after' ->> 1)$c$))) into items using query;
  return plimsoll.page(items, query, array['startedAt', 'runId']);
end $$;

create function public.plimsoll_list_observed_windows(query jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('clusterId', w.cluster_id, 'kind', w.kind, 'from', plimsoll.iso(w.from_at),
    'until', plimsoll.iso(w.until_at)) order by w.cluster_id, w.kind, w.from_at), '[]')
  from plimsoll.observed_windows w where w.tenant_id = (select plimsoll.current_tenant()) and w.until_at >= (query ->> 'since')::timestamptz
$$;

-- One walk along the index of its order, as for every list (0005).
do $$
declare
  listing text;
begin
  foreach listing in array array['plimsoll_list_rule_changes', 'plimsoll_list_run_history'] loop
    execute format('alter function public.%I(jsonb) set enable_sort = off set enable_incremental_sort = off set enable_bitmapscan = off'
      ' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set join_collapse_limit = 1 set jit = off', listing);
  end loop;
end $$;

select plimsoll.expose('plimsoll_read_judge_rules', 'service_role');
select plimsoll.expose(name, 'authenticated') from unnest(array['plimsoll_read_rules', 'plimsoll_save_rule', 'plimsoll_remove_rule',
  'plimsoll_save_judge_settings', 'plimsoll_list_rule_changes', 'plimsoll_list_run_history', 'plimsoll_list_observed_windows']) as name;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace
    and p.proname in ('rule_source', 'log_rule_change', 'refuse_partial_members') loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to authenticated', helper);
  end loop;
end $$;
grant execute on function plimsoll.rule_source(plimsoll.rules) to service_role;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (10, 'rules', 1);
