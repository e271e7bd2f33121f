/** The wall behind the renderer: whatever it made, only this much of HTML and MathML reaches the page. */

import DOMPurify from "dompurify";

const TEXT_TAGS =
  "p br hr h1 h2 h3 h4 h5 h6 strong em s code pre blockquote ul ol li a span div " +
  "table thead tbody tr th td";
// No annotation, semantics, mglyph, maction or link: what can carry HTML or an address stays out.
const MATH_TAGS =
  "math mrow mi mn mo mtext ms mspace mfrac msqrt mroot msub msup msubsup munder mover munderover " +
  "mmultiscripts mtable mtr mlabeledtr mtd mstyle menclose";
const TEXT_ATTRIBUTES = "href rel target referrerpolicy class title start dir data-lang";
const MATH_ATTRIBUTES =
  "xmlns display displaystyle scriptlevel mathvariant stretchy fence separator symmetric accent " +
  "accentunder minsize maxsize movablelimits lspace rspace width height depth linethickness " +
  "columnalign rowspacing columnspacing columnlines rowlines notation";

const ALLOWED = {
  ALLOWED_TAGS: `${TEXT_TAGS} ${MATH_TAGS}`.split(" "),
  ALLOWED_ATTR: `${TEXT_ATTRIBUTES} ${MATH_ATTRIBUTES}`.split(" "),
  // DOMPurify holds every other attribute against the pattern for addresses.
  ADD_URI_SAFE_ATTR: `rel target referrerpolicy start dir data-lang ${MATH_ATTRIBUTES}`.split(" "),
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

/** HTML that is safe to insert. */
export function sanitize(html: string): string {
  return DOMPurify.sanitize(html, ALLOWED);
}
