import { Cloud, Globe, HardDrive, MemoryStick, Server } from 'lucide-react';

const ICONS: Readonly<Record<string, typeof Globe>> = { local: HardDrive, memory: MemoryStick, http: Globe, sftp: Server, s3: Cloud };

export function LocationIcon({ backend }: { readonly backend: string }) {
  const Icon = ICONS[backend] ?? Server;
  return <Icon className="icon" aria-hidden />;
}
