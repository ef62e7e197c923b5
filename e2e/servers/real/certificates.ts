import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

/** PEM files. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority of the tests' own and what servers can show; all are for RSA, which every server takes. */
export interface ServerCertificates {
  /** PEM file with the authority's certificate */
  readonly caFile: string;
  /** for 127.0.0.1, ::1 and localhost */
  readonly good: CertificateFiles;
  /** for another name only */
  readonly wrongName: CertificateFiles;
  /** its time is over */
  readonly expired: CertificateFiles;
  /** by no authority */
  readonly selfSigned: CertificateFiles;
}

const OWN_NAMES = 'DNS:localhost,IP:127.0.0.1,IP:::1';

/** Makes them with `openssl` in that folder. Certificates can be read by everybody, keys only by their owner. */
export async function createServerCertificates(folder: string): Promise<ServerCertificates> {
  const path = (name: string) => join(folder, name);
  const keyFile = path('server.key');
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', path('ca.key'), '-out', path('ca.pem'), '-days', '2', '-subj', '/CN=Holdfast test authority']);
  await run('openssl', ['genrsa', '-out', keyFile, '2048']);
  await run('openssl', ['req', '-new', '-key', keyFile, '-out', path('server.csr'), '-subj', '/CN=Holdfast test server']);

  const signed = async (name: string, subjects: string, days: number): Promise<CertificateFiles> => {
    const extensions = path(`${name}.ext`);
    await writeFile(extensions, `subjectAltName=${subjects}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`);
    const certFile = path(`${name}.pem`);
    await run('openssl', ['x509', '-req', '-in', path('server.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-set_serial', String(serial++), '-out', certFile, '-days', String(days), '-extfile', extensions]);
    return { certFile, keyFile };
  };
  let serial = 1;
  const good = await signed('good', OWN_NAMES, 2);
  const wrongName = await signed('wrong-name', 'DNS:elsewhere.invalid', 2);
  const expired = await signed('expired', OWN_NAMES, -1);
  const selfSigned = { certFile: path('self-signed.pem'), keyFile };
  await run('openssl', ['req', '-x509', '-new', '-key', keyFile, '-out', selfSigned.certFile, '-days', '2', '-subj', '/CN=localhost', '-addext', `subjectAltName=${OWN_NAMES}`]);
  return { caFile: path('ca.pem'), good, wrongName, expired, selfSigned };
}
