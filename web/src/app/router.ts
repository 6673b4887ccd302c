/** Every address of the page. The server knows the same ones (a test compares them). */
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import NotFoundPage from "./NotFoundPage.vue";

export const routes: RouteRecordRaw[] = [
  {
    path: "/",
    name: "overview",
    component: () => import("@/features/overview/OverviewPage.vue"),
  },
  {
    path: "/welcome",
    name: "welcome",
    component: () => import("@/features/welcome/WelcomePage.vue"),
  },
  { path: "/tasks", name: "tasks", component: () => import("@/features/tasks/TasksPage.vue") },
  {
    path: "/tasks/new",
    name: "new-task",
    component: () => import("@/features/editor/NewTaskPage.vue"),
  },
  {
    path: "/tasks/:id",
    name: "task",
    props: true,
    component: () => import("@/features/task/TaskPage.vue"),
  },
  {
    path: "/tasks/:id/edit",
    name: "edit-task",
    props: true,
    component: () => import("@/features/editor/EditTaskPage.vue"),
  },
  { path: "/runs", name: "runs", component: () => import("@/features/runs/RunsPage.vue") },
  {
    path: "/runs/:id",
    name: "run",
    props: true,
    component: () => import("@/features/run/RunPage.vue"),
  },
  {
    path: "/schedules",
    name: "schedules",
    component: () => import("@/features/schedules/SchedulesPage.vue"),
  },
  {
    path: "/schedules/new",
    name: "new-schedule",
    component: () => import("@/features/schedules/NewSchedulePage.vue"),
  },
  {
    path: "/schedules/:id",
    name: "schedule",
    props: true,
    component: () => import("@/features/schedules/SchedulePage.vue"),
  },
  {
    path: "/calendars",
    name: "calendars",
    component: () => import("@/features/calendars/CalendarsPage.vue"),
  },
  {
    path: "/calendars/:name",
    name: "calendar",
    props: true,
    component: () => import("@/features/calendars/CalendarPage.vue"),
  },
  { path: "/queues", name: "queues", component: () => import("@/features/queues/QueuesPage.vue") },
  {
    path: "/projects",
    name: "projects",
    component: () => import("@/features/projects/ProjectsPage.vue"),
  },
  {
    path: "/projects/:name",
    name: "project",
    props: true,
    component: () => import("@/features/projects/ProjectPage.vue"),
  },
  { path: "/logs", name: "logs", component: () => import("@/features/logs/LogsPage.vue") },
  { path: "/monitor", name: "system", component: () => import("@/features/system/SystemPage.vue") },
  {
    path: "/settings",
    name: "settings",
    component: () => import("@/features/settings/SettingsPage.vue"),
  },
  {
    path: "/:rest(.*)*",
    name: "not-found",
    component: NotFoundPage,
  },
];

/** Every part of the design system in every state; only while developing. */
const gallery: RouteRecordRaw[] = import.meta.env.DEV
  ? [{ path: "/gallery", component: () => import("@/ui/gallery/Gallery.vue") }]
  : [];

export const router = createRouter({
  history: createWebHistory(),
  routes: [...gallery, ...routes],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? {} : { top: 0 }),
});
