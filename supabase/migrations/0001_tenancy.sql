-- Roles, the schema, who belongs to which tenant, and how people and scripts sign in.
-- Runs unchanged on Supabase, PostgreSQL 15 to 18 and PGlite; the migrator needs no superuser, only membership in
-- the three roles, or the right to create them.

do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin noinherit', wanted);
      if wanted = 'service_role' then
        begin
          alter role service_role bypassrls;
        exception when insufficient_privilege then
          null; -- the policies for service_role do without it
        end;
      end if;
    end if;
    if not pg_has_role(current_user, wanted, 'member') then
      execute format('grant %I to %I', wanted, current_user);
    end if;
  end loop;
end $$;

create schema plimsoll;
comment on schema plimsoll is 'Plimsoll''s tables; no API exposes it. The functions public.plimsoll_* are the only way in.';
revoke all on schema plimsoll from public;
grant usage on schema plimsoll to authenticated, service_role;

create table plimsoll.schema_migrations (
  version         integer primary key check (version > 0),
  name            text not null,
  compatible_from integer not null check (compatible_from > 0),
  applied_at      timestamptz(3) not null default now()
);
comment on table plimsoll.schema_migrations is 'One row per migration, inserted by the migration itself.';
comment on column plimsoll.schema_migrations.compatible_from is 'Programs that know only older migrations must not use this schema.';
alter table plimsoll.schema_migrations enable row level security;
alter table plimsoll.schema_migrations force row level security;
create policy everyone_granted on plimsoll.schema_migrations using (true) with check (true);
grant select on plimsoll.schema_migrations to service_role, authenticated;

-- Who asks ---------------------------------------------------------------------------------------------------------

create table plimsoll.tenants (
  tenant_id  text collate "C" primary key check (length(tenant_id) between 1 and 100),
  created_at timestamptz(3) not null default now()
);
comment on table plimsoll.tenants is 'Whose data it is; the embedded database has one, `local`.';

create table plimsoll.memberships (
  tenant_id      text collate "C" not null references plimsoll.tenants (tenant_id),
  subject        text collate "C" not null check (length(subject) between 1 and 200),
  role           text not null check (role in ('owner', 'admin', 'operator', 'viewer', 'auditor')),
  all_namespaces boolean not null default true,
  created_at     timestamptz(3) not null default now(),
  primary key (tenant_id, subject)
);
comment on column plimsoll.memberships.subject is 'Claim `sub` of the caller.';
comment on column plimsoll.memberships.all_namespaces is 'False: sees only the namespaces in namespace_grants.';

create table plimsoll.namespace_grants (
  tenant_id  text collate "C" not null,
  subject    text collate "C" not null,
  cluster_id text collate "C" not null,
  namespace  text collate "C" not null,
  primary key (tenant_id, subject, cluster_id, namespace),
  foreign key (tenant_id, subject) references plimsoll.memberships (tenant_id, subject) on delete cascade
);
comment on table plimsoll.namespace_grants is 'What a member without all_namespaces may see.';

create table plimsoll.api_keys (
  tenant_id  text collate "C" not null,
  key_id     text collate "C" not null,
  name       text not null,
  hash       text collate "C" not null unique check (length(hash) = 64),
  subject    text collate "C" not null,
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, key_id),
  foreign key (tenant_id, subject) references plimsoll.memberships (tenant_id, subject) on delete cascade
);
comment on column plimsoll.api_keys.hash is 'SHA-256 of the key, hex; the key itself is kept nowhere.';

create table plimsoll.sessions (
  tenant_id  text collate "C" not null,
  hash       text collate "C" not null check (length(hash) = 64),
  subject    text collate "C" not null,
  expires_at timestamptz(3) not null,
  primary key (tenant_id, hash),
  unique (hash),
  foreign key (tenant_id, subject) references plimsoll.memberships (tenant_id, subject) on delete cascade
);
comment on column plimsoll.sessions.hash is 'SHA-256 of the session token, hex.';

create table plimsoll.sign_in_links (
  tenant_id  text collate "C" not null,
  hash       text collate "C" not null check (length(hash) = 64),
  subject    text collate "C" not null,
  expires_at timestamptz(3) not null,
  used_at    timestamptz(3),
  primary key (tenant_id, hash),
  unique (hash),
  foreign key (tenant_id, subject) references plimsoll.memberships (tenant_id, subject) on delete cascade
);
comment on column plimsoll.sign_in_links.used_at is 'A link works once.';

-- What row security asks: stable, and called through a subselect once per query ---------------------------------------

create function plimsoll.claim(name text) returns text language sql stable as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> name
$$;

create function plimsoll.current_tenant() returns text language sql stable as $$
  select m.tenant_id from plimsoll.memberships m
  where m.tenant_id = plimsoll.claim('tenant_id') and m.subject = plimsoll.claim('sub')
$$;
comment on function plimsoll.current_tenant() is 'The caller''s tenant; null for anyone who is no member, who then sees nothing.';

create function plimsoll.member_role() returns text language sql stable as $$
  select m.role from plimsoll.memberships m
  where m.tenant_id = plimsoll.claim('tenant_id') and m.subject = plimsoll.claim('sub')
$$;

create function plimsoll.may_change() returns boolean language sql stable as $$
  select coalesce(plimsoll.member_role() in ('owner', 'admin', 'operator'), false)
$$;

create function plimsoll.sees_all_namespaces() returns boolean language sql stable as $$
  select coalesce((select m.all_namespaces from plimsoll.memberships m
    where m.tenant_id = plimsoll.claim('tenant_id') and m.subject = plimsoll.claim('sub')), false)
$$;

create function plimsoll.granted_namespaces() returns text[] language sql stable as $$
  select coalesce(array_agg(g.cluster_id || '/' || g.namespace), '{}') from plimsoll.namespace_grants g
  where g.tenant_id = plimsoll.claim('tenant_id') and g.subject = plimsoll.claim('sub')
$$;

-- How every table is shut: `service` for the service alone, `tenant` readable by members, `namespaces` by members
-- who may see the row's namespace. The service names its tenant in each call; composite keys keep rows in it.
create function plimsoll.protect(target regclass, readers text) returns void language plpgsql as $$
declare
  in_tenant constant text := 'tenant_id = (select plimsoll.current_tenant())';
  in_namespace constant text := '((select plimsoll.sees_all_namespaces())'
    ' or (cluster_id || ''/'' || namespace) = any ((select plimsoll.granted_namespaces())::text[]))';
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('revoke all on table %s from public, anon, authenticated, service_role', target);
  execute format('grant select, insert, update, delete on table %s to service_role', target);
  execute format('create policy service on %s to service_role using (true) with check (true)', target);
  if readers = 'service' then
    return;
  end if;
  execute format('grant select on table %s to authenticated', target);
  execute format('create policy readers on %s for select to authenticated using (%s)', target,
    case readers when 'tenant' then in_tenant else in_tenant || ' and ' || in_namespace end);
end $$;

-- Execute on a function of the API for one role and nobody else.
create function plimsoll.expose(function_name text, for_role text) returns void language plpgsql as $$
declare
  target regprocedure;
begin
  select p.oid::regprocedure into strict target from pg_proc p
  where p.pronamespace = 'public'::regnamespace and p.proname = function_name;
  execute format('revoke all on function %s from public, anon, authenticated, service_role', target);
  execute format('grant execute on function %s to %I', target, for_role);
end $$;

select plimsoll.protect('plimsoll.tenants', 'tenant');
select plimsoll.protect('plimsoll.memberships', 'service');
select plimsoll.protect('plimsoll.namespace_grants', 'service');
select plimsoll.protect('plimsoll.api_keys', 'service');
select plimsoll.protect('plimsoll.sessions', 'service');
select plimsoll.protect('plimsoll.sign_in_links', 'service');

-- Members see their own membership and grants: what the functions above rest on.
grant select on plimsoll.memberships, plimsoll.namespace_grants to authenticated;
create policy own on plimsoll.memberships for select to authenticated
  using (tenant_id = (select plimsoll.claim('tenant_id')) and subject = (select plimsoll.claim('sub')));
create policy own on plimsoll.namespace_grants for select to authenticated
  using (tenant_id = (select plimsoll.claim('tenant_id')) and subject = (select plimsoll.claim('sub')));

-- Text shapes shared by all functions ----------------------------------------------------------------------------------

create function plimsoll.iso(instant timestamptz) returns text language sql stable as $$
  select to_char(instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- The deterministic id of what the store itself makes: 20 hex digits, as the ids of facts.
create function plimsoll.id_of(variadic parts text[]) returns text language sql immutable as $$
  select left(encode(sha256(convert_to(string_agg(length(p) || ':' || p || ';', '' order by n), 'UTF8')), 'hex'), 20)
  from unnest(parts) with ordinality as u (p, n)
$$;

-- Functions of the API -------------------------------------------------------------------------------------------------

create function public.plimsoll_read_schema() returns jsonb language sql stable as $$
  select jsonb_build_object('schemaVersion', max(version), 'compatibleFrom', max(compatible_from),
    'database', split_part(version(), ' on ', 1))
  from plimsoll.schema_migrations
$$;

create function public.plimsoll_ensure_tenant(tenant text, owner text) returns jsonb language plpgsql as $$
begin
  insert into plimsoll.tenants (tenant_id) values (tenant) on conflict do nothing;
  insert into plimsoll.memberships (tenant_id, subject, role) values (tenant, owner, 'owner') on conflict do nothing;
  return null;
end $$;

create function public.plimsoll_save_api_key(tenant text, api_key jsonb) returns jsonb language plpgsql as $$
begin
  insert into plimsoll.api_keys (tenant_id, key_id, name, hash, subject)
  values (tenant, api_key ->> 'keyId', api_key ->> 'name', api_key ->> 'hash', api_key ->> 'subject')
  on conflict (tenant_id, key_id) do update set name = excluded.name, hash = excluded.hash, subject = excluded.subject
  where (api_keys.name, api_keys.hash, api_keys.subject) is distinct from (excluded.name, excluded.hash, excluded.subject);
  return null;
end $$;

create function public.plimsoll_find_api_key(hash text) returns jsonb language sql stable as $$
  select jsonb_build_object('tenantId', k.tenant_id, 'subject', k.subject)
  from plimsoll.api_keys k where k.hash = plimsoll_find_api_key.hash
$$;

create function public.plimsoll_save_sign_in_link(tenant text, link jsonb) returns jsonb language plpgsql as $$
begin
  insert into plimsoll.sign_in_links (tenant_id, hash, subject, expires_at)
  values (tenant, link ->> 'hash', link ->> 'subject', (link ->> 'expiresAt')::timestamptz) on conflict do nothing;
  return null;
end $$;

create function public.plimsoll_use_sign_in_link(hash text, session jsonb, at_time timestamptz)
returns jsonb language plpgsql as $$
declare
  spent plimsoll.sign_in_links;
begin
  update plimsoll.sign_in_links l set used_at = at_time
  where l.hash = plimsoll_use_sign_in_link.hash and l.used_at is null and l.expires_at > at_time
  returning l.* into spent;
  if spent.hash is null then
    return null;
  end if;
  insert into plimsoll.sessions (tenant_id, hash, subject, expires_at)
  values (spent.tenant_id, session ->> 'hash', spent.subject, (session ->> 'expiresAt')::timestamptz);
  delete from plimsoll.sessions s where s.tenant_id = spent.tenant_id and s.expires_at <= at_time;
  delete from plimsoll.sign_in_links l where l.tenant_id = spent.tenant_id and l.expires_at <= at_time;
  return jsonb_build_object('tenantId', spent.tenant_id, 'subject', spent.subject);
end $$;

create function public.plimsoll_find_session(hash text, at_time timestamptz) returns jsonb language sql stable as $$
  select jsonb_build_object('tenantId', s.tenant_id, 'subject', s.subject)
  from plimsoll.sessions s where s.hash = plimsoll_find_session.hash and s.expires_at > at_time
$$;

create function public.plimsoll_end_session(hash text) returns jsonb language plpgsql as $$
begin
  delete from plimsoll.sessions s where s.hash = plimsoll_end_session.hash;
  return null;
end $$;

create function public.plimsoll_who_am_i() returns jsonb language plpgsql stable as $$
declare
  me jsonb;
begin
  select jsonb_build_object('tenantId', m.tenant_id, 'subject', m.subject, 'role', m.role) into me
  from plimsoll.memberships m
  where m.tenant_id = plimsoll.claim('tenant_id') and m.subject = plimsoll.claim('sub');
  if me is null then
    raise exception 'no membership for this caller' using errcode = 'PT403', hint = 'Sign in again, or ask an owner to be added.';
  end if;
  return me;
end $$;

select plimsoll.expose(name, 'service_role') from unnest(array['plimsoll_read_schema', 'plimsoll_ensure_tenant',
  'plimsoll_save_api_key', 'plimsoll_find_api_key', 'plimsoll_save_sign_in_link', 'plimsoll_use_sign_in_link',
  'plimsoll_find_session', 'plimsoll_end_session']) as name;
select plimsoll.expose('plimsoll_who_am_i', 'authenticated');

revoke execute on all functions in schema plimsoll from public, anon, authenticated, service_role;
grant execute on function plimsoll.claim(text), plimsoll.current_tenant(), plimsoll.member_role(), plimsoll.may_change(),
  plimsoll.sees_all_namespaces(), plimsoll.granted_namespaces(), plimsoll.iso(timestamptz), plimsoll.id_of(text[])
  to authenticated, service_role;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (1, 'tenancy', 1);
