/** Starts the page. */
import "@/styles/base.css";

import { VueQueryPlugin } from "@tanstack/vue-query";
import { createPinia } from "pinia";
import { createApp } from "vue";

import "@/api/client";
import { live } from "@/api/live";
import { queryClient } from "@/api/query";
import { keepInStep } from "@/api/sync";
import { i18n } from "@/i18n";

import App from "./App.vue";
import { mendRoutes } from "./parts";
import { router } from "./router";

keepInStep(queryClient, live);
live.start();
mendRoutes(router);

createApp(App)
  .use(createPinia())
  .use(i18n)
  .use(VueQueryPlugin, { queryClient })
  .use(router)
  .mount("#app");
