/**
 * What a tab keeps of a section while another is open. It is drawn by the page that shows it now, which need not be the
 * one that something was asked from. A form may be sent from it as from a page.
 */
export class Kept {
  page = null;

  /** `staff`: whose it is; nobody else sees it. */
  constructor(staff) {
    this.staff = staff;
  }

  draw() {
    this.page.draw();
  }

  focus(selector) {
    this.page.focus(selector);
  }
}
