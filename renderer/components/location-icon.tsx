import type { LucideIcon } from 'lucide-react';
import { ArrowUpFromLine, Boxes, Cloud, Globe, HardDrive, MemoryStick, Network, Server, Share2, SquareTerminal, Waypoints } from 'lucide-react';

const ICONS: Readonly<Record<string, LucideIcon>> = { local: HardDrive, memory: MemoryStick, http: Globe, sftp: SquareTerminal, ftp: Network, webdav: Share2, s3: Cloud, azure: Boxes, swift: Waypoints, tus: ArrowUpFromLine };

export function LocationIcon({ backend }: { readonly backend: string }) {
  const Icon = ICONS[backend] ?? Server;
  return <Icon className="icon" aria-hidden />;
}
