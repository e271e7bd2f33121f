import { lazy, Suspense, type ReactNode } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { FactorGate } from "@/features/auth/FactorGate";
import { SignedIn, workplace } from "@/features/auth/session";
import { SignInPage } from "@/features/auth/SignInPage";
import { chunk } from "@/lib/chunks";
import { NotFound } from "./NotFound";

const HomePage = lazy(() => import("@/features/home/HomePage"));
const labelPage = chunk(() => import("@/features/labeling/LabelPage"));
const JoinPage = lazy(() => import("@/features/auth/JoinPage"));
const ArrivedPage = lazy(() => import("@/features/auth/ArrivedPage"));
const SecurityPage = lazy(() => import("@/features/auth/SecurityPage"));
const TokensPage = lazy(() => import("@/features/manage/TokensPage"));
const ManageArea = lazy(() => import("@/features/manage/ManageArea"));
const WizardPage = lazy(() => import("@/features/wizard/WizardPage"));
const TrainArea = lazy(() => import("@/features/train/TrainArea"));
const ChatListPage = lazy(() => import("@/features/chat/ChatListPage"));
const ChatPage = lazy(() => import("@/features/chat/ChatPage"));
const PracticePage = lazy(() => import("@/features/practice/PracticePage"));
const NotesPage = lazy(() => import("@/features/review/NotesPage"));
const MyFiguresPage = lazy(() => import("@/features/people/MyFiguresPage"));
const HistoryPage = lazy(() => import("@/features/labeling/HistoryPage"));

/** Whoever opens a page of labeling directly has its files before the first thing is drawn. */
export async function firstFiles(): Promise<void> {
  const labeling = window.location.pathname.startsWith("/label/");
  await Promise.all([workplace.arrive(), labeling && labelPage.arrive()]);
}

/** Each area is a chunk of its own; a labeler never loads the consoles. */
export function Router() {
  return (
    <BrowserRouter>
      <Routes>
        <Route path="/sign-in" element={<SignInPage />} />
        <Route path="/join" element={area(<JoinPage />)} />
        <Route path="/arrived" element={area(<ArrivedPage />)} />
        <Route element={<SignedIn />}>
          <Route index element={area(<HomePage />)} />
          <Route path="/label/:projectId" element={area(<labelPage.Part />)} />
          <Route path="/label/:projectId/practice" element={area(<PracticePage />)} />
          <Route path="/label/:projectId/history" element={area(<HistoryPage />)} />
          <Route path="/label/:projectId/me" element={area(<MyFiguresPage />)} />
          <Route path="/label/:projectId/notes" element={area(<NotesPage />)} />
          <Route path="/label/:projectId/notes/:noteId" element={area(<NotesPage />)} />
          <Route path="/chat/:projectId" element={area(<ChatListPage />)} />
          <Route path="/chat/:projectId/:conversationId" element={area(<ChatPage />)} />
          <Route path="/security" element={area(<SecurityPage />)} />
          <Route path="/tokens" element={area(<TokensPage />)} />
          <Route path="/manage/:projectId/*" element={area(<FactorGate><ManageArea /></FactorGate>)} />
          <Route path="/new-project" element={area(<WizardPage />)} />
          <Route path="/set-up/:projectId" element={area(<WizardPage />)} />
          <Route path="/train/:projectId/*" element={area(<FactorGate><TrainArea /></FactorGate>)} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </BrowserRouter>
  );
}

function area(page: ReactNode): ReactNode {
  return <Suspense fallback={null}>{page}</Suspense>;
}
