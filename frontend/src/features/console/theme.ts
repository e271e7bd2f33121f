/** The component kit in the colours and type of the rest of the app (styles/tokens.css). */

import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";
import { setNonce } from "get-nonce";

// From text to background, in the steps that the kit expects.
const dark: MantineColorsTuple = [
  ...(["#e7e7e4", "#c4c5c9", "#a0a3aa", "#7c7f87", "#2f3136"] as const),
  ...(["#2a2c30", "#1d1e21", "#1d1e21", "#18191b", "#141517"] as const),
];

const colours: VariantColorsResolver = (input) => {
  const found = defaultVariantColorsResolver(input);
  const isPrimary = !input.color || input.color === input.theme.primaryColor;
  if (input.variant !== "filled" || !isPrimary) return found;
  return {
    ...found,
    background: "var(--accent)",
    hover: "color-mix(in srgb, var(--accent) 88%, var(--ink))",
    color: "var(--accent-ink)",
  };
};

export const theme = createTheme({
  colors: { dark },
  variantColorResolver: colours,
  primaryColor: "indigo",
  primaryShade: { light: 9, dark: 3 },
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  headings: { fontFamily: "var(--font)", fontWeight: "650" },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Modal: { styles: { title: { fontWeight: 650 } } },
    // A header element of its own would be a second banner of the page.
    ModalHeader: { defaultProps: { role: "presentation" } },
    // Hints below the fields, so that the fields of a row stand on one line.
    InputWrapper: { defaultProps: { inputWrapperOrder: ["label", "input", "description", "error"] } },
    // A list that opens by itself covers what is wrong with a field that a form leads to.
    Select: { defaultProps: { openOnFocus: false } },
    MultiSelect: { defaultProps: { openOnFocus: false } },
  },
});

const shared = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--ink)",
  "--mantine-color-dimmed": "var(--muted)",
  "--mantine-color-placeholder": "var(--muted)",
  "--mantine-color-error": "var(--bad)",
  "--mantine-color-anchor": "var(--accent)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-border": "var(--line)",
  "--mantine-primary-color-filled": "var(--accent)",
  "--mantine-primary-color-filled-hover": "color-mix(in srgb, var(--accent) 88%, var(--ink))",
  "--mantine-primary-color-contrast": "var(--accent-ink)",
  "--table-border-color": "var(--line)",
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: shared,
  dark: shared,
});

/** The server's content policy lets only style elements through that carry this answer's nonce. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";
}

setNonce(styleNonce()); // for the kit's scroll lock, which writes a style element of its own
