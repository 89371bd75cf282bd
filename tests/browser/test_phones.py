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
    user1, user2, user3 = (connected_phone(notebook, user) for user in ("user1", "user2", "user3"))
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


def test_two_views_of_a_phone_show_the_same_and_its_lost_connection(open_notebook):
    lose = "lab.emulator.stop()"
    notebook = open_notebook(
        "phone_views.ipynb", START, PHONES, "await phones.connect()\nawait phones.phones[0].type('Hello')\nphones", lose
    )
    notebook.page.evaluate("() => { window.jupyterapp.commands.execute('runmenu:run-all'); }")
    expect(phone_of(notebook, "user1")).to_have_count(2)
    for view in phone_of(notebook, "user1").all():
        expect(bubbles(view).locator(".wpsphone-text")).to_have_text("Hello")
        expect(view.get_by_role("status")).to_have_text("○ disconnected")
        expect(view.get_by_role("alert")).to_contain_text("The service closed the connection")
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

    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(phone_of(notebook, "user1").get_by_text("Run the cell again")).to_be_visible()
    assert notebook.complaints == []
