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
  /** its time begins in ten years, as it seems to a clock that is wrong */
  readonly notYetValid: CertificateFiles;
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

  const extensionsOf = async (name: string, subjects: string): Promise<string> => {
    await writeFile(path(`${name}.ext`), `subjectAltName=${subjects}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`);
    return path(`${name}.ext`);
  };
  const signed = async (name: string, subjects: string, days: number): Promise<CertificateFiles> => {
    const extensions = await extensionsOf(name, subjects);
    const certFile = path(`${name}.pem`);
    await run('openssl', ['x509', '-req', '-in', path('server.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-set_serial', String(serial++), '-out', certFile, '-days', String(days), '-extfile', extensions]);
    return { certFile, keyFile };
  };
  let serial = 1;
  const good = await signed('good', OWN_NAMES, 2);
  const wrongName = await signed('wrong-name', 'DNS:elsewhere.invalid', 2);
  const expired = await signed('expired', OWN_NAMES, -1);
  // Only this command of OpenSSL 3.0 takes a time to begin at; it wants its book-keeping.
  const notYetValid = { certFile: path('not-yet-valid.pem'), keyFile };
  await writeFile(path('ca.index'), '');
  await writeFile(path('ca.cnf'), `[ca]\ndefault_ca=own\n[own]\ndatabase=${path('ca.index')}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n`);
  const year = new Date().getUTCFullYear() + 10;
  await run('openssl', ['ca', '-batch', '-notext', '-config', path('ca.cnf'), '-in', path('server.csr'), '-cert', path('ca.pem'), '-keyfile', path('ca.key'), '-out', notYetValid.certFile, '-startdate', `${year}0101000000Z`, '-enddate', `${year + 1}0101000000Z`, '-extfile', await extensionsOf('not-yet-valid', OWN_NAMES)]);
  const selfSigned = { certFile: path('self-signed.pem'), keyFile };
  await run('openssl', ['req', '-x509', '-new', '-key', keyFile, '-out', selfSigned.certFile, '-days', '2', '-subj', '/CN=localhost', '-addext', `subjectAltName=${OWN_NAMES}`]);
  return { caFile: path('ca.pem'), good, wrongName, expired, notYetValid, selfSigned };
}
