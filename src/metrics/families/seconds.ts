/** Prometheus' base unit from our milliseconds; what is not known stays undefined. */
export function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
