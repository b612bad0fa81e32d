-- The chain that is measured on, written straight into the tables as years of hearing would have left them.
-- Given: temporary tables made_shop, made_person, made_sku, made_sold; `:brand`, `:shops`, `:groups`, `:shelves`.

insert into trade.shop (shop_id, brand_id, code, zone, cutover_minutes, version)
select shop_id, :brand, 'S' || n, 'Asia/Shanghai', 0, 1 from made_shop;
insert into community.shop (shop_id, brand_id, code, version) select shop_id, :brand, 'S' || n, 1 from made_shop;
insert into inventory_sharing.shop (shop_id, brand_id, is_open, version) select shop_id, :brand, true, 1 from made_shop;
insert into referral.shop (shop_id, brand_id) select shop_id, :brand from made_shop;

create temporary table made_partner as select n, gen_random_uuid() as partner_id from generate_series(0, 499) n;
insert into settlement.partner (partner_id, brand_id, code, version)
select partner_id, :brand, 'P' || n, 1 from made_partner;
insert into settlement.shop (shop_id, brand_id, partner_id, version)
select shop_id, :brand, case when made_shop.n % 3 = 0 then partner_id end, 1
  from made_shop join made_partner on made_partner.n = made_shop.n % 500;
insert into settlement.split_rule
       (brand_id, rule_code, version, platform_bp, royalty_bp, owner_bp, guide_bp, from_at, saved_at)
values (:brand, 'all', 1, 100, 500, 300, 0, '2026-01-01', '2026-01-01');

insert into trade.sku (brand_id, sku, version) select :brand, sku, 1 from made_sku;
insert into inventory_sharing.sku (brand_id, sku, unit, is_goods, version) select :brand, sku, 'each', true, 1 from made_sku;
insert into settlement.sku (brand_id, sku, product_class, version) select :brand, sku, class, 1 from made_sku;
-- What is sold was on the shelf; and every shop has so many other goods.
insert into inventory_sharing.stock (shop_id, sku, brand_id, on_hand_milli)
select distinct shop_id, sku, :brand, 50000 from made_sold;
insert into inventory_sharing.stock (shop_id, sku, brand_id, on_hand_milli)
select shop_id, made_sku.sku, :brand, 50000
  from made_shop cross join generate_series(1, :shelves) place
  join made_sku on made_sku.n = (made_shop.n * 7919 + place * 104729) % (select count(*) from made_sku)
on conflict do nothing;

insert into community.live_code
       (live_code_id, brand_id, code, state, kind, leads_to, shop_id, channel, cost_fen, config_id, qr_code)
select gen_random_uuid(), :brand, 'C' || n || leads_to, 's' || n || leads_to, 'shop', leads_to, shop_id, 'till', 0, 'config',
       'https://wework.qpic.cn/' || n
  from made_shop cross join (values ('group'), ('staff')) as led (leads_to);
insert into community.join_offer (brand_id, discount_fen, is_open, version) values (:brand, 500, true, 1);
create temporary table made_group as select n, gen_random_uuid() as group_id from generate_series(0, :groups - 1) n;
insert into community.wecom_group
       (group_id, brand_id, chat_id, name, owner_userid, shop_id, members_count, opened_at, seen_at)
select group_id, :brand, 'wr' || made_group.n, 'G' || made_group.n, 'owner', shop_id, 40, '2026-01-01', '2026-01-01'
  from made_group join made_shop on made_shop.n = made_group.n % :shops;

-- Members: each with a card, every third in a group, every tenth brought by a friend.
insert into member.person (person_id, brand_id, is_member, owner_shop_id, joined_at)
select person_id, :brand, true, shop_id, '2026-01-01' from made_person join made_shop on made_shop.n = made_person.n % :shops;
insert into member.identity (lookup, brand_id, person_id, kind, value, proof, bound_at)
select lookup, :brand, person_id, 'card', 'card', 'till', '2026-01-01' from made_person;
insert into member.points_balance (member_id, brand_id, points, growth)
select person_id, :brand, 0, n % 3000 from made_person;
insert into trade.identity (lookup, person_id, is_member) select lookup, person_id, true from made_person;
insert into community.identity (lookup, person_id, is_member) select lookup, person_id, true from made_person;
insert into referral.person (person_id, brand_id, became_at) select person_id, :brand, '2026-01-01' from made_person;
insert into settlement.owner (member_id, shop_id)
select person_id, shop_id from made_person join made_shop on made_shop.n = made_person.n % :shops;
insert into referral.attribution
       (invitee_id, brand_id, inviter_kind, inviter_id, invitation_code, cause, accepted_at, attributed_at)
select friend.person_id, :brand, 'shopper', inviter.person_id, 'code', 'seed', '2026-01-01', '2026-01-01'
  from made_person friend join made_person inviter on inviter.n = friend.n - 1 where friend.n % 10 = 1;
insert into community.membership (membership_id, brand_id, group_id, lookup, person_id, is_first, cause, joined_at)
select gen_random_uuid(), :brand, group_id, lookup, person_id, true, 'seed', '2026-01-01'
  from made_person join made_group on made_group.n = made_person.n % :groups where made_person.n % 3 = 0;

drop table made_shop, made_person, made_sku, made_sold, made_partner, made_group;
