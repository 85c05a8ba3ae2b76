/** The collectors behind prom-client's `collectDefaultMetrics`, which is all or nothing; the package types only that. */
declare module 'prom-client/lib/metrics/*.js' {
  import type { Registry } from 'prom-client';
  const register: (registry: Registry) => void;
  export default register;
}
