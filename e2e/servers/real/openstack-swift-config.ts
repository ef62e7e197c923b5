export interface SwiftPorts {
  readonly proxy: number;
  readonly account: number;
  readonly container: number;
  readonly object: number;
  readonly memcached: number;
}

export const SWIFT_SERVICES = ['account', 'container', 'object'] as const;

export type SwiftService = (typeof SWIFT_SERVICES)[number];

/** One storage policy with one copy; the pre- and suffix go into where things are put. */
export const SWIFT_CONF = `[swift-hash]
swift_hash_path_prefix = testprefix
swift_hash_path_suffix = testsuffix
[storage-policy:0]
name = one
default = yes
`;

export function serviceConfig({ folder, service, port, user }: { folder: string; service: SwiftService; port: number; user: string }): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
user = ${user}
workers = 0
swift_dir = ${folder}/etc
devices = ${folder}/node
mount_check = false
disable_fallocate = true
recon_cache_path = ${folder}/cache
log_level = WARNING
[pipeline:main]
pipeline = ${service}-server
[app:${service}-server]
use = egg:swift#${service}
`;
}

/** Filters without options of their own: section and entry point. */
const PLAIN_FILTERS = [
  ['catch_errors', 'catch_errors'],
  ['gatekeeper', 'gatekeeper'],
  ['healthcheck', 'healthcheck'],
  ['proxy-logging', 'proxy_logging'],
  ['listing_formats', 'listing_formats'],
  ['bulk', 'bulk'],
  ['tempurl', 'tempurl'],
  ['copy', 'copy'],
  ['container-quotas', 'container_quotas'],
  ['account-quotas', 'account_quotas'],
  ['dlo', 'dlo'],
  ['symlink', 'symlink'],
] as const;

export function proxyConfig({ folder, ports, user, accounts }: { folder: string; ports: SwiftPorts; user: string; accounts: string }): string {
  const plain = PLAIN_FILTERS.map(([section, entry]) => `[filter:${section}]\nuse = egg:swift#${entry}\n`).join('');
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${ports.proxy}
user = ${user}
workers = 0
swift_dir = ${folder}/etc
log_level = INFO
expose_info = true
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl s3api tempauth copy container-quotas account-quotas slo dlo versioned_writes symlink proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:tempauth]
use = egg:swift#tempauth
${accounts}
storage_url_scheme = http
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
allow_multipart_uploads = true
max_upload_part_num = 10000
max_bucket_listing = 1000
min_segment_size = 5242880
s3_acl = false
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${ports.memcached}
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
${plain}`;
}
