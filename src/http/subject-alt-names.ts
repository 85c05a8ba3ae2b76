/** Reads the subject alternative names of a certificate from Node's text form, in which a hostile name may hold separators. */

/**
 * @param text `X509Certificate.subjectAltName`, for example `DNS:a.example, URI:spiffe://b`
 * @returns the names without their kinds; other kinds than DNS, IP address, e-mail and URI are left out
 */
export function subjectAltNames(text: string): string[] {
  const entries = text.matchAll(/([^:,"]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/gy);
  return entries
    .filter(([, kind = '']) => ['DNS', 'IP Address', 'email', 'URI'].includes(kind))
    .map(([, , name = '']) => (name.startsWith('"') ? (JSON.parse(name) as string) : name))
    .toArray();
}
