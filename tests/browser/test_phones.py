import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install wpslab[test]")
expect = sync_api.expect
expect.set_options(timeout=20_000)

START = """
import wpslab
from azure.ai.translation.text import TextTranslationClient
from azure.core.credentials import AzureKeyCredential
from wpslab.translator import Translator
from wpslab.widgets import Phone, Phones
lab = wpslab.start()
translator = Translator(engines=()).start()
lab.on_close(translator.stop)
client = TextTranslationClient(
    endpoint=translator.endpoint, credential=AzureKeyCredential(translator.key), region=translator.region
)
def translate(text, source, target):
    return client.translate(body=[text], from_language=source, to_language=[target])[0].translations[0].text
"""
PHONES = """
owners = {"user1": "en", "user2": "ar", "user3": "ja"}
phones = Phones([Phone(lab, "phones", user, language, translate=translate) for user, language in owners.items()])
phones
"""


KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"


def execute(notebook, code):
    """Have the kernel run code that stands in no cell, without waiting for it."""
    notebook.page.evaluate(f"code => {{ {KERNEL}.requestExecute({{ code }}); }}", code)


def phone_of(notebook, user):
    return notebook.outputs.get_by_role("region", name=f"Phone of {user}", exact=True)


def connected_phone(notebook, user):
    phone = phone_of(notebook, user)
    phone.get_by_role("button", name="Connect", exact=True).click()
    expect(phone.get_by_role("status")).to_have_text("● connected")
    return phone


def bubbles(phone):
    return phone.get_by_role("log", name="Messages").locator(".wpsphone-bubble")


def test_what_is_typed_on_one_phone_is_read_on_the_other_in_its_language(open_notebook):
    notebook = open_notebook("phones.ipynb", START, PHONES)
    notebook.run_all()
    early = phone_of(notebook, "user1")
    early.get_by_label("Message", exact=True).focus()
    notebook.page.keyboard.type("Hello?")
    notebook.page.keyboard.press("Enter")
    expect(early.get_by_role("alert").filter(has_text="Connect first")).to_be_visible()
    user1, user2, user3 = (connected_phone(notebook, user) for user in ("user1", "user2", "user3"))
    expect(user1.get_by_text("Connect first")).to_have_count(0)
    user1.get_by_label("Message", exact=True).fill("Hello, how are you?")
    user1.get_by_label("Message", exact=True).press("Enter")
    expect(bubbles(user1)).to_have_text(re.compile("You.*Hello, how are you.*sent"))
    arabic = bubbles(user2).locator(".wpsphone-text")
    expect(arabic).to_have_text("مرحبا، كيف حالك؟")
    expect(arabic).to_have_attribute("dir", "rtl")
    expect(arabic).to_have_attribute("lang", "ar")
    expect(bubbles(user3).locator(".wpsphone-text")).to_have_text("こんにちは、お元気ですか？")

    expect(bubbles(user2).get_by_text("Hello, how are you?")).to_be_hidden()
    bubbles(user2).get_by_role("button", name="Show original (English)").click()
    expect(bubbles(user2).get_by_text("Hello, how are you?")).to_be_visible()

    user2.get_by_role("group", name="Phrases").get_by_role("button", name="شكرا", exact=True).click()
    expect(bubbles(user1).last.locator(".wpsphone-text")).to_have_text("Thank you")
    assert notebook.complaints == []


def test_phone_is_used_by_the_keyboard_alone(open_notebook):
    notebook = open_notebook("phone_keyboard.ipynb", START, PHONES)
    notebook.run_all()
    connected_phone(notebook, "user2")
    user1, keyboard = phone_of(notebook, "user1"), notebook.page.keyboard
    user1.get_by_role("button", name="Connect", exact=True).focus()
    keyboard.press("Enter")
    expect(user1.get_by_role("status")).to_have_text("● connected")
    expect(user1.get_by_role("button", name="Disconnect", exact=True)).to_be_focused()
    keyboard.type("dd")  # in command mode this would delete the cell
    keyboard.press("Tab")
    keyboard.press("d")  # the picker finds a name by its letter
    expect(user1.get_by_label("Language")).to_have_value("de")
    expect(user1.get_by_role("button", name="Danke", exact=True)).to_be_visible()
    user1.get_by_label("Message", exact=True).focus()
    keyboard.type("Guten Morgen")  # in command mode these letters would change the notebook
    keyboard.press("Enter")
    expect(bubbles(phone_of(notebook, "user2")).locator(".wpsphone-text")).to_have_text("صباح الخير")
    expect(user1.get_by_label("Message", exact=True)).to_be_focused()
    expect(user1.get_by_label("Message", exact=True)).to_have_value("")
    assert notebook.complaints == []


WATCH_LOG = """log => {
  log.heard = [];
  new MutationObserver(records => {
    for (const { target, addedNodes } of records) {
      const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
      if (element.closest('[aria-live]') !== log) continue;  // inside a part that is never read aloud
      log.heard.push(...[...addedNodes].map(node => node.querySelector?.('.wpsphone-text')?.textContent ?? node.data));
    }
  }).observe(log, { childList: true, subtree: true, characterData: true });
}"""
AT_THE_END = "log => log.scrollHeight > log.clientHeight && log.scrollTop + log.clientHeight > log.scrollHeight - 2"


def test_two_views_of_a_phone_show_the_same_and_leave_each_other_alone(open_notebook):
    talk = """
await phones.connect()
user1, user2, user3 = phones.phones
for number in range(15):
    await user1.type(f"number {number}")
    await user2.type(f"{number}")
user1
"""
    notebook = open_notebook("phone_views.ipynb", START, PHONES, talk)
    notebook.run_all()
    views = phone_of(notebook, "user1")
    expect(views).to_have_count(2)
    first, second = views.all()
    for view in (first, second):
        expect(bubbles(view)).to_have_count(30)
        log = view.get_by_role("log")
        notebook.page.wait_for_function(AT_THE_END, arg=log.element_handle())
        log.evaluate(WATCH_LOG)
    draft = first.get_by_label("Message", exact=True)
    draft.fill("half a sentence")
    draft.evaluate("input => input.setSelectionRange(4, 4)")

    second.get_by_label("Message", exact=True).evaluate(
        "input => { input.value = 'Thank you'; input.dispatchEvent(new Event('input')); }"
    )
    second.get_by_role("button", name="Send", exact=True).evaluate("button => button.click()")
    for view in (first, second):
        expect(bubbles(view)).to_have_count(31)
        expect(bubbles(view).last).to_have_text(re.compile("Thank you.*✓ sent"))
        assert view.get_by_role("log").evaluate("log => log.heard") == ["Thank you"]
    second.get_by_label("Language").evaluate(
        "select => { select.value = 'de'; select.dispatchEvent(new Event('change')); }"
    )
    for view in (first, second):
        expect(view.get_by_role("button", name="Danke", exact=True)).to_be_visible()
        expect(view.get_by_label("Language")).to_have_value("de")
    expect(draft).to_be_focused()
    expect(draft).to_have_value("half a sentence")
    assert draft.evaluate("input => input.selectionStart") == 4

    execute(notebook, "lab.emulator.stop()")
    for view in (first, second):
        expect(view.get_by_role("status")).to_have_text("○ disconnected")
        expect(view.get_by_role("alert")).to_contain_text("The service closed the connection")
    expect(draft).to_have_value("half a sentence")
    assert notebook.complaints == []


def test_text_stands_in_its_own_direction_and_a_failed_translation_is_said(open_notebook):
    fail = """
real, broken = translate, True
def translate(text, source, target):
    if broken:
        raise ValueError("key=SECRET")
    return real(text, source, target)
"""
    notebook = open_notebook("phone_directions.ipynb", START, fail, PHONES)
    notebook.run_all()
    user1, user2 = connected_phone(notebook, "user1"), connected_phone(notebook, "user2")
    line = user1.get_by_label("Message", exact=True)
    direction = "element => getComputedStyle(element).direction"
    assert line.evaluate(direction) == "ltr"
    line.fill("مرحبا يا John!")
    assert line.evaluate(direction) == "rtl"
    line.press("Enter")
    for phone in (user1, user2):
        text = bubbles(phone).last.locator(".wpsphone-text")
        expect(text).to_have_text("مرحبا يا John!")
        assert text.evaluate(direction) == "rtl"
        assert text.get_attribute("lang") is None
    assert line.evaluate(direction) == "ltr"
    assert user2.get_by_label("Message", exact=True).evaluate(direction) == "rtl"

    expect(bubbles(user2).last.get_by_text("! not translated: translate raised ValueError")).to_be_visible()
    expect(user2.get_by_role("alert")).to_have_text("Not translated: translate raised ValueError.")
    expect(notebook.outputs.get_by_text("SECRET")).to_have_count(0)
    notebook.keep_picture("phone_not_translated", user2)
    execute(notebook, "broken = False")  # before the kernel hears of what is typed next
    line.fill("Thank you")
    line.press("Enter")
    expect(bubbles(user2).last.locator(".wpsphone-text")).to_have_text("شكرا")
    expect(user2.get_by_role("alert")).to_have_count(0)
    assert notebook.complaints == []


def test_phone_whose_kernel_is_gone_says_so_and_the_cell_makes_a_new_one(open_notebook):
    notebook = open_notebook("phone_restart.ipynb", START, PHONES)
    notebook.run_all()
    user1 = connected_phone(notebook, "user1")
    line = user1.get_by_label("Message", exact=True)
    line.fill("not lost")
    execute(notebook, "import time; time.sleep(100)")
    user3 = phone_of(notebook, "user3")
    user3.get_by_role("button", name="Connect", exact=True).click()
    expect(user3.get_by_role("alert")).to_have_text(re.compile("No answer yet: the kernel is busy"))
    expect(user1.get_by_role("alert")).to_have_count(0)
    notebook.page.evaluate(f"() => {KERNEL}.restart()")
    for user in ("user1", "user2", "user3"):
        phone = phone_of(notebook, user)
        expect(phone.get_by_role("alert")).to_have_text(re.compile("kernel .* was restarted .* Run the cells again"))
        expect(phone.get_by_role("status")).to_have_text("! kernel gone")
        expect(phone.get_by_label("Language")).to_be_disabled()
        for button in phone.get_by_role("button").all():
            expect(button).to_be_disabled()
    line.press("Enter")
    user1.get_by_role("button", name="Send", exact=True).click(force=True)
    expect(line).to_have_value("not lost")
    expect(bubbles(user1)).to_have_count(0)
    notebook.keep_picture("phone_gone", user1)

    notebook.run_all()
    expect(phone_of(notebook, "user1").get_by_role("status")).to_have_text("○ disconnected")
    user1, user2 = connected_phone(notebook, "user1"), connected_phone(notebook, "user2")
    user1.get_by_label("Message", exact=True).fill("Thank you")
    user1.get_by_label("Message", exact=True).press("Enter")
    expect(bubbles(user2).locator(".wpsphone-text")).to_have_text("شكرا")
    assert notebook.complaints == []


def test_phones_stand_side_by_side_and_fit_a_narrow_window(open_notebook, jupyterlab):
    jupyterlab.set_theme("JupyterLab Dark")
    notebook = open_notebook("phones_narrow.ipynb", START, PHONES)
    notebook.run_all()
    boxes = [phone_of(notebook, user).bounding_box() for user in ("user1", "user2", "user3")]
    assert len({box["y"] for box in boxes}) == 1
    notebook.keep_picture("phones_dark")
    notebook.page.set_viewport_size({"width": 380, "height": 900})
    notebook.page.wait_for_function(
        "() => new Set([...document.querySelectorAll('.wpsphone')].map(e => e.getBoundingClientRect().left)).size === 1"
    )
    for user in ("user1", "user2", "user3"):
        phone = phone_of(notebook, user)
        assert phone.evaluate("box => box.scrollWidth <= box.clientWidth")
        right = "element => element.getBoundingClientRect().right"
        assert phone.evaluate(right) <= notebook.outputs.locator(".jp-OutputArea-output").last.evaluate(right)
    notebook.keep_picture("phones_narrow")
    assert notebook.complaints == []
