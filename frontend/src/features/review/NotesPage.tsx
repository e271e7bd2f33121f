import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { PromptPane } from "@/features/labeling/PromptPane";
import { saidFrom } from "@/features/labeling/said";
import { useProject } from "@/features/projects/queries";
import { ModelText } from "@/features/text/ModelText";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { problemWords } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { answerNote, markNoteRead, readMyNotes, readNote, type Note } from "./api";
import { inWords, lettersOf } from "./orders";
import styles from "./notes.module.css";

/** What review said about my work: a calm list, and one note with the work it is about. */
export default function NotesPage() {
  const { t, language } = useText();
  const { projectId = "", noteId } = useParams();
  const project = useProject(projectId);
  const notes = useQuery({ queryKey: ["my-notes", projectId], queryFn: () => readMyNotes(projectId) });
  const rows = notes.data?.results ?? [];
  return (
    <>
      <TopBar title={project.data?.name} note={t("review.notes.title")} />
      <main className={styles.main}>
        <h1>{t("review.notes.title")}</h1>
        {noteId ? (
          <NoteView noteId={noteId} projectId={projectId} lang={project.data?.language ?? ""} />
        ) : (
          <>
            <p className={styles.lead}>{t("review.notes.lead")}</p>
            {notes.data && rows.length === 0 && <p className={styles.lead}>{t("review.notes.none")}</p>}
            <ul className={styles.list}>
              {rows.map((note) => (
                <li key={note.id}>
                  <Link to={paths.note(projectId, note.id)} data-unread={note.read_at === null}>
                    <span lang={project.data?.language}>
                      <VisibleText text={note.prompt_preview || "…"} />
                    </span>
                    <span className={styles.small}>
                      {t(`review.noteReason.${note.reason}`)} · {formatTime(note.created_at, language)}
                      {note.read_at === null && ` · ${t("review.notes.new")}`}
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          </>
        )}
      </main>
    </>
  );
}

function NoteView({ noteId, projectId, lang }: { noteId: string; projectId: string; lang: string }) {
  const { t } = useText();
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["my-note", noteId], queryFn: () => readNote(noteId) });
  useEffect(() => {
    void markNoteRead(noteId)
      .then(() => client.invalidateQueries({ queryKey: ["my-notes", projectId] }))
      .catch(() => undefined);
  }, [client, noteId, projectId]);
  if (!found.data) return null;
  const { note, prompt, completions, given } = found.data;
  const said = saidFrom(found.data.said);
  const letters = lettersOf(completions.map(({ id }) => id));
  return (
    <>
      <Link to={paths.notes(projectId)}>{t("review.notes.back")}</Link>
      <section className={styles.card} aria-label={t("review.notes.said")}>
        <p>
          <strong>{t(`review.noteReason.${note.reason}`)}</strong>
        </p>
        {note.message && <p className={styles.message}>{note.message}</p>}
        {note.withdrawn && <p className={styles.small}>{t("review.notes.withdrawn")}</p>}
        <dl className={styles.orders}>
          <div>
            <dt>{t("review.notes.mine")}</dt>
            <dd>{inWords(said.tiers, letters, said.unacceptable_below)}</dd>
          </div>
          {given && (
            <div>
              <dt>{t("review.notes.theirs")}</dt>
              <dd>{inWords(given.tiers, letters, given.unacceptable_below)}</dd>
            </div>
          )}
        </dl>
      </section>
      <AnswerForm note={note} />
      <PromptPane messages={prompt.messages} lang={lang} raw={false} />
      {completions.map(({ id, text }) => (
        <article key={id} className={styles.answer} aria-label={t("report.answer", { letter: letters.get(id) ?? "" })}>
          <strong aria-hidden="true">{letters.get(id)}</strong>
          <div lang={lang}>
            <ModelText text={text} />
          </div>
        </article>
      ))}
    </>
  );
}

/** One answer: a reply, or a dispute. */
function AnswerForm({ note }: { note: Note }) {
  const { t } = useText();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [error, setError] = useState<unknown>(null);
  if (note.answer) {
    return (
      <section className={styles.card} aria-label={t("review.notes.answer")}>
        <p className={styles.small}>{t(`review.notes.answered.${note.answer}`)}</p>
        <p className={styles.message}>{note.answer_text}</p>
      </section>
    );
  }
  const send = (kind: "reply" | "dispute") =>
    answerNote(note.id, kind, text)
      .then(() => client.invalidateQueries({ queryKey: ["my-note", note.id] }))
      .catch(setError);
  return (
    <form className={styles.card} onSubmit={(event) => event.preventDefault()}>
      <label htmlFor="note-answer">{t("review.notes.answer")}</label>
      <textarea id="note-answer" rows={3} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {error !== null && <p role="alert">{problemWords(t, error)}</p>}
      <div className={styles.acts}>
        <Button disabled={!text.trim()} onClick={() => void send("reply")}>
          {t("review.notes.reply")}
        </Button>
        <Button disabled={!text.trim()} onClick={() => void send("dispute")}>
          {t("review.notes.dispute")}
        </Button>
      </div>
    </form>
  );
}
