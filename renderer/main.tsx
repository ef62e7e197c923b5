import '@fontsource-variable/inter/index.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/buttons.css';
import './styles/parts.css';
import './styles/states.css';
import './styles/menus.css';
import './styles/fields.css';
import './styles/window.css';
import './styles/header.css';
import './styles/panels.css';
import './styles/sidebar.css';
import './styles/browser.css';
import './styles/transfers.css';
import './styles/inspector.css';
import './styles/receipts.css';
import './styles/dialogs.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { applyRememberedTheme } from './stores/app-store.ts';

applyRememberedTheme();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root".');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
