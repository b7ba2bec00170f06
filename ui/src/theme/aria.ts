/**
 * Stands for react-aria and react-stately where Fuselage asks for them (vite.config.ts puts it there). Fuselage needs
 * them for its menus, selects, sliders and dividers alone; the dashboard uses the browser's own select and dialog, and
 * so saves a hundred kilobytes. Whoever comes to need one of those parts exports the real thing here.
 */
function leftOut(name: string): () => never {
  return () => {
    throw new Error(`${name} is left out of the bundle: export it from its package in src/theme/aria.ts.`);
  };
}

export const DismissButton = leftOut("DismissButton");
export const HiddenSelect = leftOut("HiddenSelect");
export const Item = leftOut("Item");
export const mergeProps = leftOut("mergeProps");
export const Overlay = leftOut("Overlay");
export const useButton = leftOut("useButton");
export const useFocusRing = leftOut("useFocusRing");
export const useInteractOutside = leftOut("useInteractOutside");
export const useListBox = leftOut("useListBox");
export const useListBoxSection = leftOut("useListBoxSection");
export const useMenu = leftOut("useMenu");
export const useMenuItem = leftOut("useMenuItem");
export const useMenuSection = leftOut("useMenuSection");
export const useMenuTrigger = leftOut("useMenuTrigger");
export const useMenuTriggerState = leftOut("useMenuTriggerState");
export const useNumberFormatter = leftOut("useNumberFormatter");
export const useOption = leftOut("useOption");
export const usePopover = leftOut("usePopover");
export const useSelect = leftOut("useSelect");
export const useSelectState = leftOut("useSelectState");
export const useSeparator = leftOut("useSeparator");
export const useSlider = leftOut("useSlider");
export const useSliderState = leftOut("useSliderState");
export const useSliderThumb = leftOut("useSliderThumb");
export const useSubmenuTrigger = leftOut("useSubmenuTrigger");
export const useSubmenuTriggerState = leftOut("useSubmenuTriggerState");
export const useTreeState = leftOut("useTreeState");
export const VisuallyHidden = leftOut("VisuallyHidden");
/** Of react-virtuoso, for Fuselage's long selects; the list of agents imports the real one. */
export const Virtuoso = leftOut("Virtuoso");
