import { Actions, DockLocation, type IJsonModel, Model, type Node, TabNode, TabSetNode } from 'flexlayout-react';
import { defaultLayout } from './default-layout.ts';

export interface WorkspacePane {
  readonly id: string;
  readonly code: string;
  readonly name: string;
}

interface OpenOptions {
  /** Open another one even if there is one of this kind. */
  readonly isNew?: boolean;
  readonly config?: unknown;
}

/** How long the layout rests before it is saved. */
const SAVE_DELAY_MS = 800;
const FOCUS_ATTEMPTS = 20;

/** The arrangement of panes, and everything the keyboard can do with it. */
export class WorkspaceController {
  model: Model;
  private readonly onReplace: () => void;
  private readonly save: (json: string) => void;
  private readonly nameOf: (code: string) => string;
  private saveTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly changeListener = () => this.scheduleSave();
  private readonly configListeners = new Set<() => void>();
  /** Documents of popped-out windows: a pane's element may be in any of them. */
  private readonly documents = new Set<Document>([document]);

  constructor(options: {
    readonly saved: string | null;
    readonly widthPx: number;
    readonly nameOf: (code: string) => string;
    readonly onReplace: () => void;
    readonly save: (json: string) => void;
  }) {
    this.onReplace = options.onReplace;
    this.save = options.save;
    this.nameOf = options.nameOf;
    this.model = readLayout(options.saved) ?? Model.fromJson(defaultLayout(options.widthPx));
    this.model.addChangeListener(this.changeListener);
  }

  dispose(): void {
    if (this.saveTimer !== null) clearTimeout(this.saveTimer);
    this.model.removeChangeListener(this.changeListener);
  }

  addDocument(popoutDocument: Document): void {
    this.documents.add(popoutDocument);
  }

  removeDocument(popoutDocument: Document): void {
    this.documents.delete(popoutDocument);
  }

  panes(): WorkspacePane[] {
    return this.tabs().map((tab) => ({ id: tab.getId(), code: tab.getComponent() ?? '', name: tab.getName() }));
  }

  activePane(): WorkspacePane | null {
    const tab = this.activeTab();
    return tab === null ? null : { id: tab.getId(), code: tab.getComponent() ?? '', name: tab.getName() };
  }

  /** Shows a pane of this kind and gives it the keyboard; makes one where there is none. */
  open(code: string, options: OpenOptions = {}): string {
    const existing = options.isNew === true ? undefined : this.preferred(code);
    if (existing !== undefined) {
      this.model.doAction(Actions.selectTab(existing.getId()));
      this.focus(existing.getId());
      return existing.getId();
    }
    const tabset = this.model.getActiveTabset() ?? this.model.getFirstTabSet();
    const json = { type: 'tab', component: code, name: this.nameOf(code), config: options.config };
    const target = tabset?.getId() ?? this.model.getRootRow()?.getId() ?? '';
    const added = this.model.doAction(Actions.addTab(json, target, DockLocation.CENTER, -1, true)) as Node | undefined;
    const id = added?.getId() ?? '';
    this.focus(id);
    return id;
  }

  /** Puts a second pane of the active one's kind beside or below it. */
  split(direction: 'right' | 'down'): void {
    const tab = this.activeTab();
    const parent = tab?.getParent();
    if (tab === null || parent === undefined) return;
    const json = {
      type: 'tab',
      component: tab.getComponent(),
      name: this.nameOf(tab.getComponent() ?? ''),
      config: structuredClone(tab.getConfig() as unknown),
    };
    const location = direction === 'right' ? DockLocation.RIGHT : DockLocation.BOTTOM;
    const added = this.model.doAction(Actions.addTab(json, parent.getId(), location, -1, true)) as Node | undefined;
    if (added !== undefined) this.focus(added.getId());
  }

  closeActive(): void {
    const tab = this.activeTab();
    if (tab === null) return;
    this.model.doAction(Actions.deleteTab(tab.getId()));
    const next = this.visibleTabs()[0];
    if (next !== undefined) this.focus(next.getId());
  }

  cycle(step: 1 | -1): void {
    const tabs = this.visibleTabs();
    if (tabs.length === 0) return;
    const active = this.activeTab()?.getId();
    const at = tabs.findIndex((tab) => tab.getId() === active);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next !== undefined) this.focus(next.getId());
  }

  popOutActive(): void {
    const tab = this.activeTab();
    if (tab !== null && !tab.isPoppedOut()) this.model.doAction(Actions.popoutTab(tab.getId(), 'window'));
  }

  toggleMaximized(): void {
    const tabset = this.activeTab()?.getParent();
    if (tabset instanceof TabSetNode) this.model.doAction(Actions.maximizeToggle(tabset.getId()));
  }

  reset(widthPx: number): void {
    this.model.removeChangeListener(this.changeListener);
    this.model = Model.fromJson(defaultLayout(widthPx));
    this.model.addChangeListener(this.changeListener);
    this.scheduleSave();
    this.onReplace();
  }

  saveConfig(paneId: string, config: unknown): void {
    if (this.model.getNodeById(paneId) === undefined) return;
    this.model.doAction(Actions.updateNodeAttributes(paneId, { config }));
    for (const listener of this.configListeners) listener();
  }

  onConfig(listener: () => void): () => void {
    this.configListeners.add(listener);
    return () => void this.configListeners.delete(listener);
  }

  configOf(paneId: string): unknown {
    const node = this.model.getNodeById(paneId);
    return node instanceof TabNode ? (node.getConfig() as unknown) : undefined;
  }

  setTitle(paneId: string, title: string): void {
    const node = this.model.getNodeById(paneId);
    if (node instanceof TabNode && node.getName() !== title) this.model.doAction(Actions.renameTab(paneId, title));
  }

  /** Which pane the keyboard is in, so that commands without a target know theirs. */
  activated(paneId: string): void {
    const parent = this.model.getNodeById(paneId)?.getParent();
    if (!(parent instanceof TabSetNode) || this.model.getActiveTabset(parent.getLayoutId())?.getId() === parent.getId())
      return;
    this.model.doAction(Actions.setActiveTabset(parent.getId(), parent.getLayoutId()));
  }

  /** Waits for the pane to be drawn: a tab is made when it is first selected. */
  focus(paneId: string, attemptsLeft = FOCUS_ATTEMPTS): void {
    for (const candidate of this.documents) {
      const pane = candidate.querySelector<HTMLElement>(`[data-pane-id="${CSS.escape(paneId)}"]`);
      if (pane === null || pane.offsetParent === null) continue;
      this.activated(paneId);
      if (!candidate.hasFocus()) candidate.defaultView?.focus();
      pane.focus();
      focusContent(pane, FOCUS_ATTEMPTS);
      return;
    }
    if (attemptsLeft > 0) requestAnimationFrame(() => this.focus(paneId, attemptsLeft - 1));
  }

  private activeTab(): TabNode | null {
    for (const candidate of this.documents) {
      if (!candidate.hasFocus()) continue;
      const paneId = candidate.activeElement?.closest<HTMLElement>('[data-pane-id]')?.dataset['paneId'];
      const node = paneId === undefined ? undefined : this.model.getNodeById(paneId);
      if (node instanceof TabNode) return node;
    }
    const selected = this.model.getActiveTabset()?.getSelectedNode();
    return selected instanceof TabNode ? selected : (this.visibleTabs()[0] ?? null);
  }

  private preferred(code: string): TabNode | undefined {
    const active = this.activeTab();
    if (active?.getComponent() === code) return active;
    const candidates = this.tabs().filter((tab) => tab.getComponent() === code);
    return candidates.find((tab) => tab.isSelected()) ?? candidates[0];
  }

  private tabs(): TabNode[] {
    const tabs: TabNode[] = [];
    this.model.visitNodes((node) => {
      if (node instanceof TabNode) tabs.push(node);
    });
    return tabs;
  }

  private visibleTabs(): TabNode[] {
    return this.tabs().filter((tab) => tab.isSelected());
  }

  private scheduleSave(): void {
    if (this.saveTimer !== null) clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => {
      this.saveTimer = null;
      this.save(JSON.stringify(this.model.toJson()));
    }, SAVE_DELAY_MS);
  }
}

/** Content may come a moment after its pane; by then the user may have moved the focus on. */
function focusContent(pane: HTMLElement, attemptsLeft: number): void {
  if (pane.ownerDocument.activeElement !== pane) return;
  const content = pane.querySelector<HTMLElement>('[data-pane-focus]');
  if (content !== null) content.focus();
  else if (attemptsLeft > 0) requestAnimationFrame(() => focusContent(pane, attemptsLeft - 1));
}

/** Null for a layout that can't be read: the default one comes instead, and the next change saves over it. */
function readLayout(saved: string | null): Model | null {
  if (saved === null) return null;
  try {
    const model = Model.fromJson(JSON.parse(saved) as IJsonModel);
    return model.getFirstTabSet() === undefined ? null : model;
  } catch {
    return null;
  }
}
