const HUES = 6;

/** The first letters of a name on a colour of its own. */
export function Avatar({ name }: { name: string }) {
  const letters = name
    .split(/[\s.-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => String.fromCodePoint(word.codePointAt(0) ?? 0))
    .join("")
    .toUpperCase();
  const hue = new TextEncoder().encode(name).reduce((sum, byte) => sum + byte, 0) % HUES;
  return (
    <span className={`avatar avatar-${String(hue)}`} aria-hidden="true">
      {letters}
    </span>
  );
}
