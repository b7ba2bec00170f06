const LONGEST = 63;

/** Make a name that may stand in an id: small letters, digits and hyphens. */
export function idPart(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export const isNamespace = (name: string) => NAMESPACE.test(name) && name.length <= LONGEST;
