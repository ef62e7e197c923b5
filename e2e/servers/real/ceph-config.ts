export interface CephPorts {
  readonly monitor: readonly [number, number];
  /** the first of `OSD_PORTS` */
  readonly osd: number;
  readonly http: number;
  readonly https: number;
}

/** How many consecutive ports the object store daemon may choose from. */
export const OSD_PORTS = 16;

/** Everything in that folder and on 127.0.0.1. @param bytes room for objects; the file is sparse */
export function cephConfig({ folder, ports, id, bytes, certFile, keyFile }: { folder: string; ports: CephPorts; id: string; bytes: number; certFile: string; keyFile: string }): string {
  return `[global]
fsid = ${id}
mon host = [v2:127.0.0.1:${ports.monitor[0]}/0,v1:127.0.0.1:${ports.monitor[1]}/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind port min = ${ports.osd}
ms bind port max = ${ports.osd + OSD_PORTS - 1}
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.02
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/log/$name.log
crash dir = ${folder}/run/crash
keyring = ${folder}/keyring
osd data = ${folder}/osd
mon data = ${folder}/mon
osd objectstore = bluestore
bluestore block size = ${bytes}
bluestore block create = true
bluestore fsck on mount = false
osd memory target = 1073741824
osd op num shards = 2
osd max object name len = 460
osd max object namespace len = 64
[client.rgw]
keyring = ${folder}/keyring
rgw frontends = beast endpoint=127.0.0.1:${ports.http} ssl_endpoint=127.0.0.1:${ports.https} ssl_certificate=${certFile} ssl_private_key=${keyFile} tcp_nodelay=1
rgw data = ${folder}/rgw
rgw dns name = localhost
rgw enable usage log = false
rgw enable gc threads = true
rgw gc obj min wait = 60
rgw multipart min part size = 5242880
rgw thread pool size = 64
rgw enable apis = s3, swift, swift_auth, admin
rgw swift account in url = true
rgw run sync thread = false
`;
}
