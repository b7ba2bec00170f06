import { type RefObject, useLayoutEffect, useRef, useState } from "react";

const AT_FIRST = 640;

/** How wide an element is, in pixels, now and after every change. */
export function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(AT_FIRST);
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(() => {
      setWidth(watched.clientWidth);
    });
    setWidth(watched.clientWidth);
    observer.observe(watched);
    return () => {
      observer.disconnect();
    };
  }, []);
  return [element, width];
}
