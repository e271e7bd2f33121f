/** The component kit in the colours and type of the rest of the app (styles/tokens.css). */

import { createTheme, type CSSVariablesResolver } from "@mantine/core";
import { setNonce } from "get-nonce";

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 9, dark: 3 },
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  headings: { fontFamily: "var(--font)", fontWeight: "650" },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // Hints below the fields, so that the fields of a row stand on one line.
    InputWrapper: { defaultProps: { inputWrapperOrder: ["label", "input", "description", "error"] } },
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
