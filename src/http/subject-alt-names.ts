/** Reads the subject alternative names of a certificate from Node's text form, in which a hostile name may hold separators. */

import { SocketAddress } from 'node:net';

/**
 * @param text `X509Certificate.subjectAltName`, for example `DNS:a.example, URI:spiffe://b`
 * @returns the names without their kinds; other kinds than DNS, IP address, e-mail and URI are left out. IPv6 addresses
 *   come in their short form (RFC 5952), which Node's text has not
 */
export function subjectAltNames(text: string): string[] {
  const entries = text.matchAll(/([^:,"]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/gy);
  return entries
    .filter(([, kind = '']) => ['DNS', 'IP Address', 'email', 'URI'].includes(kind))
    .map(([, kind, name = '']) => {
      if (kind === 'IP Address') return shortAddress(name);
      return name.startsWith('"') ? (JSON.parse(name) as string) : name;
    })
    .toArray();
}

function shortAddress(address: string): string {
  return SocketAddress.parse(`[${address}]`)?.address ?? address;
}
