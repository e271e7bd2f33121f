/** How long a text of the labeler's own is. Pure. */

/** What a reader would count as one: a letter with its accents, an emoji, a Chinese character. */
export function charactersOf(text: string): number {
  return [...text].length;
}

/** Words between spaces, for texts that have them; 0 for Chinese, where characters are counted. */
export function wordsOf(text: string): number {
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return 0;
  return text.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
