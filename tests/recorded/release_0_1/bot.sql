BEGIN TRANSACTION;
CREATE TABLE accounts (
	workspace VARCHAR NOT NULL,
	person VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	email VARCHAR,
	access_token VARCHAR NOT NULL,
	refresh_token VARCHAR NOT NULL,
	expires_at FLOAT NOT NULL,
	refreshing_until FLOAT NOT NULL,
	refused_at FLOAT,
	linked_at FLOAT NOT NULL,
	PRIMARY KEY (workspace, person)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0008');
CREATE TABLE asides (
	workspace VARCHAR NOT NULL,
	channel VARCHAR NOT NULL,
	ts VARCHAR NOT NULL,
	person VARCHAR NOT NULL,
	origin_channel VARCHAR NOT NULL,
	origin_ts VARCHAR,
	shared VARCHAR NOT NULL,
	begun_at FLOAT NOT NULL,
	PRIMARY KEY (workspace, channel, ts)
);
CREATE TABLE channel_changes (
	id VARCHAR NOT NULL,
	workspace VARCHAR NOT NULL,
	channel VARCHAR NOT NULL,
	person VARCHAR NOT NULL,
	changed_at FLOAT NOT NULL,
	what VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE channels (
	workspace VARCHAR NOT NULL,
	channel VARCHAR NOT NULL,
	is_on BOOLEAN NOT NULL,
	audience VARCHAR NOT NULL,
	unprompted BOOLEAN NOT NULL,
	manner VARCHAR,
	PRIMARY KEY (workspace, channel)
);
CREATE TABLE claims (
	"key" VARCHAR NOT NULL,
	claimed_at FLOAT NOT NULL, until FLOAT,
	PRIMARY KEY ("key")
);
INSERT INTO "claims" VALUES('job:retention:2026-11-27T02:00:00Z',1795824854.052207,NULL);
INSERT INTO "claims" VALUES('job:claims:2026-11-27T03:00:00Z',1795824854.287953,NULL);
INSERT INTO "claims" VALUES('delivery:1795824863776.0.a81ce8eff1abdd282eccea46dd0a6608',1795824863.850346,NULL);
INSERT INTO "claims" VALUES('delivery:1795824864263.1.855f8f2618fa67d8041ee33d499ebdba',1795824864.266593,NULL);
INSERT INTO "claims" VALUES('delivery:1795824864359.2.1fc63071284f50e0e9708cae6235050d',1795824864.362056,NULL);
INSERT INTO "claims" VALUES('delivery:1795824869236.3.a809945997af2e0e8153ac6055724e31',1795824869.264053,NULL);
INSERT INTO "claims" VALUES('delivery:1795824869597.4.3c6b2e407d8816160c274e48df86d5f4',1795824869.605040,NULL);
INSERT INTO "claims" VALUES('delivery:1795824869825.5.34473ed7ac01b880a6fb1ccf25c4e5a5',1795824869.843868,NULL);
INSERT INTO "claims" VALUES('delivery:1795824870145.6.a90828b2fa6cb92c57123bdc003dddfc',1795824870.148105,NULL);
INSERT INTO "claims" VALUES('delivery:1795824875598.7.e9f251073bfb5997bea6148c93ecf585',1795824875.620398,NULL);
CREATE TABLE installations (
	workspace VARCHAR NOT NULL,
	enterprise VARCHAR,
	name VARCHAR NOT NULL,
	installed_by VARCHAR NOT NULL,
	installed_at FLOAT NOT NULL,
	access_token VARCHAR,
	refresh_token VARCHAR,
	expires_at FLOAT,
	refreshing_until FLOAT NOT NULL,
	PRIMARY KEY (workspace)
);
CREATE TABLE links (
	"key" VARCHAR NOT NULL,
	workspace VARCHAR NOT NULL,
	person VARCHAR NOT NULL,
	verifier VARCHAR,
	browser VARCHAR,
	expires_at FLOAT NOT NULL,
	PRIMARY KEY ("key")
);
CREATE TABLE overheard (
	workspace VARCHAR NOT NULL,
	channel VARCHAR NOT NULL,
	ts VARCHAR NOT NULL,
	person VARCHAR NOT NULL,
	begun_at FLOAT NOT NULL,
	silenced_by VARCHAR,
	silenced_at FLOAT,
	PRIMARY KEY (workspace, channel, ts)
);
CREATE TABLE ratings (
	turn_id VARCHAR NOT NULL,
	person VARCHAR NOT NULL,
	is_helpful BOOLEAN NOT NULL,
	rated_at FLOAT NOT NULL,
	PRIMARY KEY (turn_id, person)
);
INSERT INTO "ratings" VALUES('c795c52fff684f82a0108fae28d5f0bc','U0000000001',1,1795824864.292928);
CREATE TABLE threads (
	workspace VARCHAR NOT NULL,
	channel VARCHAR NOT NULL,
	ts VARCHAR NOT NULL,
	identity VARCHAR NOT NULL,
	conversation_id VARCHAR,
	started_by VARCHAR NOT NULL,
	started_at FLOAT NOT NULL,
	active_at FLOAT NOT NULL, archived_by VARCHAR, archived_at FLOAT, archived_after INTEGER,
	PRIMARY KEY (workspace, channel, ts, identity)
);
INSERT INTO "threads" VALUES('T0ACME001','D0000000017','1795824854.983000','service','6b0a1cd8c80f2961b0af9274','U0000000002',1795824855.682955,1795824855.682955,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824854.559000','service','6b0a1cd8e5f49f179843a5de','U0000000001',1795824855.690442,1795824859.886953,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824854.613700','service','6b0a1cd8c0cc11ae21ac7dc3','U0000000001',1795824855.698525,1795824855.698525,'U0000000001',1795824864.244437,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824854.723400','service','6b0a1cd8f947fe1f6421c4b5','U0000000001',1795824855.706504,1795824855.706504,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824854.791000','service','6b0a1cdbcb9d5809afe3acda','U0000000001',1795824855.714543,1795824855.714543,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824854.915000','service','6b0a1cdbd80079df1c1d1a72','U0000000001',1795824855.722219,1795824855.722219,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824854.842600','service','6b0a1cdb3b5702146bde342e','U0000000001',1795824855.752445,1795824855.752445,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824865.291000','service','6b0a1ce2cc19ff8b5d46ffa6','U0000000004',1795824865.775096,1795824865.775096,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824866.927900','service','6b0a1ce4e1b059cf828145a5','U0000000004',1795824867.761590,1795824867.761590,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824872.207500','service','6b0a1ce874ab22e1a31185e3','U0000000001',1795824872.548019,1795824876.013157,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824873.933400','service','6b0a1cea53832981871016af','U0000000002',1795824874.321861,1795824874.321861,NULL,NULL,NULL);
INSERT INTO "threads" VALUES('T0ACME001','C0000000007','1795824876.092500','service',NULL,'U0000000004',1795824876.111945,1795824876.111945,NULL,NULL,NULL);
CREATE TABLE "turns" (
	id VARCHAR NOT NULL,
	workspace VARCHAR NOT NULL,
	channel VARCHAR NOT NULL,
	message_ts VARCHAR NOT NULL,
	thread_ts VARCHAR NOT NULL,
	identity VARCHAR NOT NULL,
	asker VARCHAR NOT NULL,
	question VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	reply_ts VARCHAR,
	conversation_id VARCHAR,
	message_id VARCHAR,
	lease VARCHAR,
	leased_until FLOAT NOT NULL,
	recorded_at FLOAT NOT NULL,
	finished_at FLOAT,
	manner VARCHAR,
	regenerates BOOLEAN DEFAULT 0 NOT NULL,
	further_ts VARCHAR DEFAULT '' NOT NULL, leftover_ts VARCHAR DEFAULT '' NOT NULL, lack VARCHAR, stop_by VARCHAR, ahead INTEGER DEFAULT '0' NOT NULL, edited VARCHAR,
	PRIMARY KEY (id),
	CONSTRAINT uq_turns_message UNIQUE (workspace, channel, message_ts)
);
INSERT INTO "turns" VALUES('cd8143644a5c45288ea6c6c4711e9881','T0ACME001','D0000000017','1795824854.983000','1795824854.983000','service','U0000000002','','done','1795824855.741300','6b0a1cd8c80f2961b0af9274','6b0a1cd8c9363e83a0ebb3c9',NULL,0.0,1795824855.642653,1795824857.318634,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('ece0c03871624f6bb8b443cb465b12ee','T0ACME001','C0000000007','1795824854.559000','1795824854.559000','service','U0000000001','','done','1795824855.790400','6b0a1cd8e5f49f179843a5de','6b0a1cd8fda6b2cc7f48c477',NULL,0.0,1795824855.646176,1795824857.308649,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('284f5499e0a941e0874c2a930703e51d','T0ACME001','C0000000007','1795824854.613700','1795824854.613700','service','U0000000001','','done','1795824855.807800','6b0a1cd8c0cc11ae21ac7dc3','6b0a1cd85635c30d00b1212c',NULL,0.0,1795824855.652262,1795824857.31435,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('c795c52fff684f82a0108fae28d5f0bc','T0ACME001','C0000000007','1795824854.723400','1795824854.723400','service','U0000000001','','done','1795824855.808400','6b0a1cd8f947fe1f6421c4b5','6b0a1cd8243c6b5262525b87',NULL,0.0,1795824855.658080,1795824857.322086,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('95bfaa2b710646c8925c34767c686c76','T0ACME001','C0000000007','1795824854.791000','1795824854.791000','service','U0000000001','','done','1795824859.073700','6b0a1cdbcb9d5809afe3acda','6b0a1cdbf67f6a6f33986a03',NULL,0.0,1795824855.663609,1795824865.26317,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('31a6894474154568a4504654f2c0aa40','T0ACME001','C0000000007','1795824854.915000','1795824854.915000','service','U0000000001','','running','1795824859.045000','6b0a1cdbd80079df1c1d1a72','6b0a1cdb40cd8816a31d8c75','7f0a390009f84799bc148549ff9769f4',1795824890.743597,1795824855.668904,1795824859.807831,NULL,1,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('cbc97b6315184d28b8e96badf5d4f252','T0ACME001','C0000000007','1795824854.842600','1795824854.842600','service','U0000000001','','done','1795824859.062300','6b0a1cdb3b5702146bde342e','6b0a1cdba1c7d162a00c157e',NULL,0.0,1795824855.728685,1795824859.812422,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('a985877fcd3c480bbf6f4a87546bd121','T0ACME001','C0000000007','1795824859.857900','1795824854.559000','service','U0000000002','','done','1795824862.359800','6b0a1cd8e5f49f179843a5de','6b0a1cdee436f97baeeb8d42',NULL,0.0,1795824859.884111,1795824863.913883,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('8bec7684cf2e4bbe8451b926471cdbb4','T0ACME001','C0000000007','1795824865.291000','1795824865.291000','service','U0000000004','how many days of annual leave do I have?','failed','1795824865.894600','6b0a1ce2cc19ff8b5d46ffa6',NULL,NULL,0.0,1795824865.683267,1795824866.979241,NULL,0,'','','no answer',NULL,0,NULL);
INSERT INTO "turns" VALUES('4f109ff0d2294e8fbe7eefa11e272250','T0ACME001','C0000000007','1795824866.927900','1795824866.927900','service','U0000000004','how many days of annual leave do I have?','stopped','1795824867.900700','6b0a1ce4e1b059cf828145a5',NULL,NULL,0.0,1795824867.680238,1795824869.580162,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('265ea72fff604ab5b1e143f4def4913e','T0ACME001','C0000000007','1795824872.207500','1795824872.207500','service','U0000000001','how many days of annual leave do I have?','running','1795824872.611500','6b0a1ce874ab22e1a31185e3',NULL,'95b8379a015a441581124b5b90989a2a',1795824887.734816,1795824872.443459,NULL,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('4ac20cf05e6847a287eeeb83c6f64711','T0ACME001','C0000000007','1795824873.933400','1795824873.933400','service','U0000000002','how many days of annual leave do I have?','running','1795824874.330900','6b0a1cea53832981871016af',NULL,'46774829f63246ada2a9a83952266082',1795824889.344091,1795824874.315988,NULL,NULL,0,'','',NULL,NULL,0,NULL);
INSERT INTO "turns" VALUES('ebceb1163e164ada90a9ef0ddf1d1146','T0ACME001','C0000000007','1795824875.763700','1795824872.207500','service','U0000000002','and for interns?','waiting','1795824875.855000',NULL,NULL,NULL,0.0,1795824875.808604,NULL,NULL,0,'','',NULL,NULL,1,NULL);
INSERT INTO "turns" VALUES('16f9c8782e11475a9b9ef524633b8387','T0ACME001','C0000000007','1795824875.935100','1795824872.207500','service','U0000000003','and is a train booked in second class?','waiting','1795824876.041000',NULL,NULL,NULL,0.0,1795824876.007737,NULL,NULL,0,'','',NULL,NULL,2,NULL);
INSERT INTO "turns" VALUES('4a7f32a5ded24207b3675285cc185203','T0ACME001','C0000000007','1795824876.092500','1795824876.092500','service','U0000000004','how many days of annual leave do I have?','recorded',NULL,NULL,NULL,'44b5f8fa359c40f5b04c4c0b23839267',1795824891.108068,1795824876.108068,NULL,NULL,0,'','',NULL,NULL,0,NULL);
CREATE TABLE versions (
	turn_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	text VARCHAR NOT NULL,
	citations VARCHAR NOT NULL,
	replaced_at FLOAT NOT NULL,
	PRIMARY KEY (turn_id, number)
);
INSERT INTO "versions" VALUES('95bfaa2b710646c8925c34767c686c76',1,'The answer is in “Leave”, in the part on *Annual leave*.

Everybody has 28 days of annual leave a year. Leave that is not taken by the end of March expires. [1](http://127.0.0.1:42417/record/9d090f10-2efa-516f-b4ea-d1e40015434d#annual-leave)

**Leave for interns** (“Leave”): Interns have 20 days of annual leave a year. They take it during their internship. [2](http://127.0.0.1:42417/record/9d090f10-2efa-516f-b4ea-d1e40015434d#leave-for-interns)','[{"number": 1, "title": "Leave", "excerpt": "Everybody has 28 days of annual leave a year. Leave that is not taken by the end of March expires.", "url": "/record/9d090f10-2efa-516f-b4ea-d1e40015434d#annual-leave", "id": "6b0a1cdbc926de0d9ccf58ac", "record_id": "9d090f10-2efa-516f-b4ea-d1e40015434d", "record_type": "FILE", "connector": "LOCAL_FILES", "page": null, "relevance": null}, {"number": 2, "title": "Leave", "excerpt": "Interns have 20 days of annual leave a year. They take it during their internship.", "url": "/record/9d090f10-2efa-516f-b4ea-d1e40015434d#leave-for-interns", "id": "6b0a1cdb3e24e0535a2775cb", "record_id": "9d090f10-2efa-516f-b4ea-d1e40015434d", "record_type": "FILE", "connector": "LOCAL_FILES", "page": null, "relevance": null}]',1795824864.410948);
INSERT INTO "versions" VALUES('31a6894474154568a4504654f2c0aa40',1,'The answer is in “Leave”, in the part on *Annual leave*.

Everybody has 28 days of annual leave a year. Leave that is not taken by the end of March expires. [1](http://127.0.0.1:42417/record/9d090f10-2efa-516f-b4ea-d1e40015434d#annual-leave)

**Leave for interns** (“Leave”): Interns have 20 days of annual leave a year. They take it during their internship. [2](http://127.0.0.1:42417/record/9d090f10-2efa-516f-b4ea-d1e40015434d#leave-for-interns)','[{"number": 1, "title": "Leave", "excerpt": "Everybody has 28 days of annual leave a year. Leave that is not taken by the end of March expires.", "url": "/record/9d090f10-2efa-516f-b4ea-d1e40015434d#annual-leave", "id": "6b0a1cdbdcd97a64e17a7658", "record_id": "9d090f10-2efa-516f-b4ea-d1e40015434d", "record_type": "FILE", "connector": "LOCAL_FILES", "page": null, "relevance": null}, {"number": 2, "title": "Leave", "excerpt": "Interns have 20 days of annual leave a year. They take it during their internship.", "url": "/record/9d090f10-2efa-516f-b4ea-d1e40015434d#leave-for-interns", "id": "6b0a1cdbd16efbee502b918c", "record_id": "9d090f10-2efa-516f-b4ea-d1e40015434d", "record_type": "FILE", "connector": "LOCAL_FILES", "page": null, "relevance": null}]',1795824875.732317);
CREATE INDEX ix_threads_conversation_id ON threads (conversation_id);
CREATE INDEX ix_turns_state ON turns (state);
CREATE INDEX ix_turns_thread ON turns (workspace, channel, thread_ts);
CREATE INDEX ix_turns_finished_at ON turns (finished_at);
CREATE INDEX ix_links_expires_at ON links (expires_at);
CREATE INDEX ix_channel_changes_channel ON channel_changes (workspace, channel, changed_at);
CREATE INDEX ix_asides_origin ON asides (workspace, origin_channel, origin_ts, person);
CREATE INDEX ix_asides_begun_at ON asides (begun_at);
CREATE INDEX ix_overheard_begun_at ON overheard (begun_at);
CREATE INDEX ix_turns_recorded ON turns (workspace, recorded_at);
CREATE INDEX ix_installations_enterprise ON installations (enterprise);
COMMIT;
