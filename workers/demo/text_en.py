"""What the grammar says in English."""

from __future__ import annotations

from workers.demo.text import Family, Language, Topic

ADVICE = Family(
    name="advice",
    asks=(
        "How can I {x}?",
        "What is the best way to {x}?",
        "I want to {x}. Where do I start?",
        "Can you help me {x}?",
    ),
    contexts=(
        "",
        "I work late most days.",
        "I live alone in a small flat.",
        "We have two young children.",
        "I tried once and gave up.",
        "I only have ten minutes a day.",
        "My friends say it is easy.",
        "I just moved to a new town.",
    ),
    direct=("{Detail}.", "{Detail}.", "Try this: {detail}.", "I would {detail}."),
    hedged=(
        "Maybe you could {detail}.",
        "Perhaps {detail}, but I am not sure.",
        "You could possibly {detail}.",
        "It might help to {detail}, or it might not.",
    ),
    vague=(
        "There are many ways to {x}.",
        "It depends on many things.",
        "Some people find it hard to {x}.",
        "Just try things and see what happens.",
        "Everybody does it in their own way.",
    ),
    warm=(
        "I am glad you asked.",
        "What a lovely plan!",
        "I know how hard that can be, so be kind to yourself.",
        "Wonderful, I am happy to help.",
    ),
    cool=("Well.", "Okay.", "Here is an answer.", "That is a common question."),
    questions=(
        "Does that help?",
        "Which of these will you try first?",
        "Shall I write you a small plan?",
    ),
    farewells=("That is all.", "Good luck.", "The rest is up to you."),
    topics=(
        Topic(
            "sleep better",
            (
                "put your phone in another room [20|30|40] minutes before bed",
                "drink your last coffee before [two|three] in the afternoon and you will sleep deeper",
                "go to bed at [ten|half past ten|eleven] every night, even on Sunday",
                "keep the bedroom dark and open the window for [five|ten] minutes",
            ),
        ),
        Topic(
            "save money",
            (
                "move [20|30|50] euros to a second account on the day you are paid",
                "take lunch from home [three|four] days a week and save the money",
                "wait [two|three] days before you buy anything over [40|60] euros",
                "write every coin you spend in a small red notebook",
            ),
        ),
        Topic(
            "keep a plant alive",
            (
                "water the plant only when the top [two|three] centimetres of soil are dry",
                "put the plant [two|three] metres from a bright window",
                "turn the pot a little every [Monday|Friday]",
                "wipe the green leaves with a wet cloth once a month",
            ),
        ),
        Topic(
            "get up early",
            (
                "put the alarm [three|four] metres from your bed so that you must get up",
                "go to bed [15|20|30] minutes earlier each week",
                "open the curtains at [six|half past six] and drink a glass of water",
                "lay out your clothes the evening before and get up at the same time on Sunday",
            ),
        ),
        Topic(
            "make new friends",
            (
                "join a club that meets every [Tuesday|Thursday] evening",
                "invite [two|three] neighbours for tea and a cake",
                "go to the same café on Saturday and greet [two|three] people",
                "ask a new friend for a walk of [30|40] minutes by the river",
            ),
        ),
        Topic(
            "stay calm before an exam",
            (
                "breathe in for [four|five] seconds and out for [six|seven], and stay calm",
                "stop reading at [eight|nine] the evening before the exam",
                "pack [two|three] blue pens and your watch the night before",
                "walk around the house for [ten|15] minutes before the exam",
            ),
        ),
        Topic(
            "keep the kitchen tidy",
            (
                "wash the dishes within [ten|15] minutes after each meal",
                "throw out [three|five] things from the kitchen every Sunday",
                "keep only [four|six] plates and cups on the shelf",
                "wipe the kitchen table each evening with a yellow cloth",
            ),
        ),
        Topic(
            "read more books",
            (
                "read [five|ten] pages in bed every night",
                "keep a book in your bag and read [15|20] minutes on the train",
                "put [three|four] short books on the table and start with the thinnest",
                "meet a friend on the first Monday of the month and talk about a book",
            ),
        ),
    ),
)

COOKING = Family(
    name="cooking",
    asks=(
        "What can I cook with {x}?",
        "Give me an idea for dinner with {x}.",
        "There are {x} in my kitchen. What should I make?",
        "How do I make something good from {x}?",
    ),
    contexts=(
        "",
        "I am very hungry.",
        "Guests come in an hour.",
        "I have one pan and no oven.",
        "My son does not like spicy food.",
        "I am a beginner.",
        "It is a cold evening.",
        "I cook for one person.",
    ),
    direct=("{Detail}.", "{Detail}.", "You can {detail}.", "I would {detail}."),
    hedged=(
        "Maybe {detail}.",
        "You could perhaps {detail}.",
        "I am not sure, but you might {detail}.",
        "Possibly {detail}, if you like that.",
    ),
    vague=(
        "You can cook many things with {x}.",
        "Food is a matter of taste.",
        "Just put it in a pan.",
        "It depends on what you like.",
        "There are recipes for {x} everywhere.",
    ),
    warm=(
        "That sounds lovely!",
        "I am happy to cook with you.",
        "What a wonderful evening for a warm meal!",
        "I am glad you asked.",
    ),
    cool=("Okay.", "Well.", "Here is an idea.", "Dinner is dinner."),
    questions=(
        "Would you like the whole recipe?",
        "Do you have some fresh herbs at home?",
        "How many people will eat with you?",
    ),
    farewells=("That is all.", "Enjoy.", "The rest is up to you."),
    topics=(
        Topic(
            "eggs and rice",
            (
                "fry the cold rice for [four|five] minutes and stir in [two|three] eggs",
                "boil the eggs for [six|seven] minutes and set them on the rice",
                "add a spoon of soy sauce and [two|three] green onions to the rice",
                "beat [three|four] eggs with salt and fold them over the rice",
            ),
        ),
        Topic(
            "potatoes",
            (
                "boil the potatoes for [15|20] minutes and mash them with butter",
                "cut [four|five] potatoes into thin slices and fry them until golden",
                "cook a soup of [three|four] potatoes, one onion and a litre of water",
                "serve the potatoes with a spoon of white cheese and black pepper",
            ),
        ),
        Topic(
            "tomatoes and pasta",
            (
                "boil the pasta for [eight|nine] minutes in salted water",
                "let [five|six] tomatoes simmer with garlic for [20|30] minutes",
                "stir [two|three] spoons of oil and some green basil into the pasta",
                "keep a cup of the pasta water and add it to the red sauce",
            ),
        ),
        Topic(
            "beans and onions",
            (
                "brown [two|three] onions slowly for [ten|15] minutes",
                "soak the white beans for [eight|ten] hours before you cook them",
                "add a spoon of red pepper and [two|three] bay leaves to the beans",
                "cook the beans and onions with a litre of water into a thick soup",
            ),
        ),
        Topic(
            "mushrooms",
            (
                "fry the mushrooms in a hot pan for [five|six] minutes without salt",
                "put the mushrooms on [two|three] slices of brown toast",
                "add [two|three] spoons of cream and black pepper to the mushrooms",
                "slice [200|300] grams of mushrooms and cook them with a white onion",
            ),
        ),
        Topic(
            "carrots and lentils",
            (
                "boil the red lentils for [12|15] minutes until they are soft",
                "cut [three|four] carrots into coins and fry them with cumin",
                "cook the lentils and carrots with [two|three] cloves of garlic",
                "finish the lentils with a spoon of lemon juice and green parsley",
            ),
        ),
        Topic(
            "apples and oats",
            (
                "bake [three|four] apples under oats and butter for [25|30] minutes",
                "cook the oats in milk for [five|six] minutes with one red apple",
                "slice [two|three] apples and fry them with brown sugar",
                "mix a cup of oats with [two|three] spoons of honey and bake it golden",
            ),
        ),
        Topic(
            "fish and lemons",
            (
                "bake the fish for [12|15] minutes on a bed of lemons",
                "fry the fish [three|four] minutes on each side in butter",
                "squeeze [two|three] lemons over the fish and add green dill",
                "put [two|three] slices of lemon inside the fish with a little salt",
            ),
        ),
    ),
)

PLACES = Family(
    name="places",
    asks=(
        "Describe {x}.",
        "What does {x} look like?",
        "Take me to {x} in a few words.",
        "Write a postcard from {x}.",
    ),
    contexts=(
        "",
        "It is early morning.",
        "It is a winter day.",
        "Write for a child.",
        "I have never been there.",
        "Summer has just begun.",
        "It is for a travel page.",
        "I miss home.",
    ),
    direct=("{Detail}.", "{Detail}.", "Here {detail}.", "Look, {detail}."),
    hedged=(
        "Perhaps {detail}.",
        "Maybe {detail}, but I am not sure.",
        "It seems that {detail}.",
        "Possibly {detail}.",
    ),
    vague=(
        "It is a nice place.",
        "There are things to see.",
        "People have seen {x} before.",
        "It looks like other places.",
        "You can go there if you want.",
    ),
    warm=(
        "What a lovely place to be!",
        "I am so happy to show you around.",
        "Come with me, my dear friend.",
        "It feels wonderful to be here.",
    ),
    cool=("Well.", "Okay.", "This is a place.", "Here is a description."),
    questions=(
        "Can you hear it too?",
        "Would you like to come along?",
        "What would you look at first?",
    ),
    farewells=("That is all.", "Goodbye.", "The end."),
    topics=(
        Topic(
            "a small harbour",
            (
                "[three|five|seven] red boats rock beside the harbour wall",
                "an old man mends a blue net on the [second|third] step",
                "the bell of the harbour rings [six|seven] times in the fog",
                "[two|four] white gulls fight over a silver fish",
            ),
        ),
        Topic(
            "a night market",
            (
                "yellow lamps hang over [twenty|thirty|forty] stalls of the market",
                "a woman sells dumplings, [six|eight] on a paper plate",
                "[two|three] boys carry a green melon through the market",
                "the smell of grilled corn reaches you [ten|twenty] steps away",
            ),
        ),
        Topic(
            "an old library",
            (
                "the library has [four|five] floors and one narrow iron stair",
                "a green lamp burns on each of the [ten|twelve] tables",
                "a grey cat sleeps beside the library door until [four|five] o'clock",
                "[two|three] thousand books smell of dust and leather",
            ),
        ),
        Topic(
            "a mountain village",
            (
                "[twelve|twenty] stone houses lean against the mountain",
                "a black dog guards the well of the village",
                "at [six|seven] the goats come down with small bells",
                "snow lies on the blue roofs for [four|five] months",
            ),
        ),
        Topic(
            "a quiet park",
            (
                "[two|three] old men play chess under a yellow tree in the park",
                "a girl feeds [five|six] ducks with brown bread",
                "the fountain of the park starts at [eight|nine] in the morning",
                "red leaves cover [four|five] wooden benches",
            ),
        ),
        Topic(
            "a busy station",
            (
                "the train to the sea leaves the station at [seven|nine] from platform [two|four]",
                "a clock with [two|three] golden hands hangs over the station hall",
                "[three|five] children sit on a brown suitcase and sing",
                "a man in a green coat sells coffee for [two|three] euros",
            ),
        ),
        Topic(
            "a corner bakery",
            (
                "the baker pulls [thirty|forty] brown loaves from the oven at [four|five]",
                "[three|four] people wait in the warm light of the bakery",
                "a white cake with [six|eight] cherries stands in the window",
                "the bakery door rings a silver bell [a hundred|two hundred] times a day",
            ),
        ),
        Topic(
            "a river bridge",
            (
                "the bridge has [five|seven] grey arches and one broken lamp",
                "a yellow boat passes under the bridge at [noon|three o'clock]",
                "[two|three] painters stand on the left side of the river",
                "someone tied [ten|twenty] red ribbons to the iron rail",
            ),
        ),
    ),
)

STORIES = Family(
    name="stories",
    asks=(
        "Start a short story about {x}.",
        "Tell me a story about {x}.",
        "Write the first lines of a tale about {x}.",
        "How could a story about {x} begin?",
    ),
    contexts=(
        "",
        "It is for my daughter.",
        "It should be short.",
        "I cannot sleep.",
        "I like stories that begin at night.",
        "It is for the school paper.",
        "I love old tales.",
        "We sit around a fire.",
    ),
    direct=("{Detail}.", "{Detail}.", "They say that {detail}.", "Listen: {detail}."),
    hedged=(
        "Perhaps {detail}.",
        "Maybe {detail}, but I am not sure.",
        "It seems that {detail}.",
        "Possibly {detail}, who knows.",
    ),
    vague=(
        "Things happened one day.",
        "There was a story about {x}.",
        "It was a day like any other.",
        "Nobody knows much about it.",
        "Something went on for a while.",
    ),
    warm=(
        "What a lovely idea for a story!",
        "Come closer, my dear friend.",
        "I am happy to tell you this one.",
        "This is a wonderful tale.",
    ),
    cool=("Well.", "Okay.", "Here is a story.", "It goes like this."),
    questions=(
        "What do you think happened next?",
        "Shall I go on?",
        "Would you have opened the door?",
    ),
    farewells=("That is all.", "The end.", "And so on."),
    topics=(
        Topic(
            "a baker",
            (
                "the baker found a gold ring in the [third|fifth] loaf",
                "at [three|four] in the morning somebody knocked at the baker's door",
                "the baker sold [two|three] cakes to a man with a blue key",
                "the baker had not spoken for [seven|nine] years",
            ),
        ),
        Topic(
            "a lost dog",
            (
                "a lost dog followed the number [four|nine] bus through the rain",
                "the dog carried a red shoe for [two|three] miles",
                "[five|six] children found the dog under a green boat",
                "the dog came home after [ten|twelve] days with a silver bell",
            ),
        ),
        Topic(
            "a lighthouse",
            (
                "the lighthouse went dark at [nine|eleven] on a Friday",
                "[two|three] sisters kept the lighthouse and shared one coat",
                "every [seventh|tenth] wave brought a bottle with a blue letter",
                "the keeper counted [ninety|two hundred] steps and stopped",
            ),
        ),
        Topic(
            "a girl with a kite",
            (
                "the girl let go of her red kite at [noon|four o'clock]",
                "the kite came back after [three|five] days with a letter",
                "the girl tied [two|three] yellow ribbons to the tail of the kite",
                "[forty|sixty] birds flew behind the kite over the town",
            ),
        ),
        Topic(
            "a bus driver",
            (
                "the driver of bus [seven|twelve] stopped where there was no stop",
                "[two|three] old ladies paid the driver with a green apple",
                "at midnight the bus had one passenger and [five|six] shadows",
                "the driver found a violin on the [third|last] blue seat",
            ),
        ),
        Topic(
            "an old gardener",
            (
                "the gardener planted [seven|eleven] black seeds on a Monday",
                "the gardener heard [two|three] roses talk about the rain",
                "a white door stood in the garden at [five|six] in the morning",
                "the gardener had kept a golden key for [thirty|forty] years",
            ),
        ),
        Topic(
            "a clock maker",
            (
                "all [twelve|forty] clocks in the shop stopped at [three|ten]",
                "the clock maker sold one hour for [two|five] silver coins",
                "a boy brought a clock with [three|four] hands to the shop",
                "the clock maker heard a small voice in the red clock",
            ),
        ),
        Topic(
            "a postman",
            (
                "the postman had carried one blue letter for [twenty|thirty] years",
                "the house with number [nine|eleven] was not there on Tuesday",
                "the postman had [two|three] letters for a man who never lived",
                "a green parcel in the postman's bag began to sing at [six|eight]",
            ),
        ),
    ),
)

REPLIES = Family(
    name="replies",
    asks=(
        "Write a polite reply to a neighbour who asks about {x}.",
        "A colleague writes about {x}. What do I answer?",
        "Answer this message about {x} for me.",
        "Help me reply to a friend about {x}.",
    ),
    contexts=(
        "",
        "I have little time this week.",
        "We have not met for a year.",
        "Keep it short.",
        "She is a quiet person.",
        "He wrote to me yesterday.",
        "I want to be friendly.",
        "I forgot to answer last month.",
    ),
    direct=("{Detail}.", "{Detail}.", "Yes, {detail}.", "Of course, {detail}."),
    hedged=(
        "Perhaps {detail}.",
        "Maybe {detail}, but I am not sure.",
        "It could be that {detail}.",
        "Possibly {detail}, we will see.",
    ),
    vague=(
        "I read your message about {x}.",
        "We can see about it some time.",
        "Things are as they are.",
        "It depends on many things.",
        "I will think about {x}.",
    ),
    warm=(
        "Thank you for your kind message!",
        "How lovely to hear from you!",
        "Dear friend, I am so glad you wrote.",
        "I am happy that you asked me.",
    ),
    cool=("Hello.", "Okay.", "I got your message.", "About your message."),
    questions=(
        "Does that suit you?",
        "Shall I bring anything?",
        "Can you call me this evening?",
    ),
    farewells=("That is all.", "Bye.", "Regards."),
    topics=(
        Topic(
            "the ladder",
            (
                "you can fetch the ladder after [five|six] today",
                "the ladder stands behind the green door",
                "I need the ladder back on [Saturday|Sunday]",
                "the ladder is [three|four] metres long and rather heavy",
            ),
        ),
        Topic(
            "the dinner on Friday",
            (
                "I will come to the dinner at [seven|eight] and bring a cake",
                "I will bring [two|three] bottles of red wine to the dinner",
                "I take the bus at [six|half past six] and help you to cook",
                "I eat no meat, so I will make a green salad for the dinner",
            ),
        ),
        Topic(
            "the loud music",
            (
                "I will turn the music down at [nine|ten] every evening",
                "I moved the black speaker [two|three] metres from the wall",
                "I will practise the music only on Saturday from [two|three] to four",
                "please knock [two|three] times when the music is loud",
            ),
        ),
        Topic(
            "the move on Saturday",
            (
                "I can help with the move from [nine|ten] in the morning",
                "I will bring my blue van and [twenty|thirty] boxes for the move",
                "my brother will carry the piano with [two|three] friends",
                "I will cook soup for [six|eight] people on Saturday",
            ),
        ),
        Topic(
            "the borrowed book",
            (
                "I will return the book on [Monday|Wednesday] at [five|six]",
                "I have [forty|sixty] pages of the book left",
                "the book lies in a yellow bag at your door",
                "I liked the [second|fourth] chapter of the book best",
            ),
        ),
        Topic(
            "the birthday party",
            (
                "I will be at the party at [three|four] with a blue present",
                "I can bake a cake with [twelve|thirty] candles for the birthday",
                "my [two|three] children would love to come to the party",
                "I will bring [ten|twenty] red balloons to the birthday",
            ),
        ),
        Topic(
            "the garden key",
            (
                "the garden key hangs on the [second|third] hook",
                "I will water the garden at [six|seven] every evening",
                "I will leave the key under the white stone on [Friday|Sunday]",
                "the green gate needs [two|three] turns of the key",
            ),
        ),
        Topic(
            "the meeting tomorrow",
            (
                "I will be at the meeting at [nine|ten] in room [four|seven]",
                "I will send you [two|three] pages before the meeting",
                "the meeting takes [30|40] minutes and I will take notes",
                "let us have coffee at [eight|half past eight] before the meeting",
            ),
        ),
    ),
)

ENGLISH = Language("en", " ", (ADVICE, COOKING, PLACES, STORIES, REPLIES))
