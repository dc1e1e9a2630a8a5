"""The words that a way back is made of: plain, easy to spell and to read out, and no two of them one slip apart."""

# 1,024 of them: each carries ten bits.
PLAIN_WORDS: tuple[str, ...] = tuple(
    """
acorn acrobat active actor afternoon airy alarm almond alpaca alphabet amber anchor answer anthem apple apricot
april apron arch archer arrow artichoke artist astronaut attic august author autumn avocado backpack badge bagel
baguette baker balcony ballad balloon bamboo banana bandstand banner barber barley barn barrel basic basket
bathtub battery beagle beaver bedroom beetle beetroot bell bench bendy bicycle big binder birch birthday biscuit
bison blackberry blackbird blanket blazer blossom bluebell bluebird boat bobcat bold bonfire bonnet book
bookcase bookshop bottle boulder bowl box bracelet bramble branch brass brave bread breakfast breeze brick
bridge bright brocade broccoli bronze broom broth brown brush bucket buckle buffalo builder bumblebee bun
bungalow busy butter buttercup butterfly button buttonhole cabbage cabin cabinet cactus calendar calm camel
camera canary candle candy candyfloss canoe canvas canyon cape captain caramel caravan cardigan careful carnival
carpenter carpet carrot cart cartwheel cashew castle catfish cathedral catwalk cedar ceiling celery century
chaffinch chain chalk chandelier chapter cheerful cheese cheetah cherry chestnut chicken chilly chimney
chimpanzee chipmunk chips chisel chocolate chorus cinema cinnamon circle clarinet classic clean clever cliff
cloak cloth cloud clown coach coast coaster cobweb cockatoo cockerel cocoa coconut coffee collar collie comet
compass condor conductor cookie cool coral coriander corner cornflower cosy cottage counter cousin cove coyote
crab crackers cradle crane crayon creek cricket crimson crisp crocus croissant crossroads crumble crumpet
crunchy crystal cuckoo cucumber cup cupboard curious curly curtain cushion custard cyclist cymbal daffodil
dahlia dainty daisy dalmatian dancer dandelion daring dartboard dawn daylight decade december desert desk
detective dew diamond diary dinner doctor dolphin dominoes donkey doorbell doormat doorstep double dozen dragon
dragonfly drawbridge drawer dress driver drum drummer duck dumpling dune dungarees dusty eager early earring
earth easel easy eclipse elegant elephant elevator elm embroidery engine engineer envelope equal eraser even
evening evergreen explorer fabric factory faithful falcon famous fancy farm farmer fast fearless feather
featherbed february fence fennel fern ferret ferry festival fiddle field finch firefly fireplace fireside
fisherman fishpond fjord flag flame flamingo flannel flapjack flask florist flowerpot fluffy flute folder
foliage footbridge footpath footprint footstool forest fork fountain foxglove free fresh friday friend friendly
frisbee frog frost fudge full funny fuzzy galaxy gallery garage garden gardener garlic gate gazebo gazelle gecko
gentle geyser gherkin ginger giraffe glacier glad glass gleaming glen glitter glossy glove glue goalkeeper
goggles golden goldfish goose gorilla graceful grand granite grape gravel gravy green greenhouse greyhound guest
guitar gumdrop guppy hairbrush halfway hammer hammock hamster handbag handshake hanger happy harbour hardy
harvest hawthorn haystack hazelnut headland headphones hedge hedgehog helicopter helmet helpful hero hill
hilltop hinge hippo holiday holly honest honey hoop hopscotch horizon hostel hourglass house houseboat humble
husky hyacinth iceberg icicle icy igloo iguana impala inventor iris island jackdaw jacket jaguar jam january
jasmine jazzy jelly jellyfish jersey jigsaw jockey joiner joyful jug juggler juice july jumper jungle juniper
kangaroo kayak keen kestrel ketchup kettle key keyboard keyhole kilt kind kitchen kite kitten kiwi koala
labrador ladder ladybird lagoon lake lamb lampshade landing lantern laptop large lark lasting lavender lazy leaf
leapfrog lemming lemon lemonade lemur lentil leopard letter letterbox lettuce library lifeguard light lightning
lilac lily lime limestone linen lion little lively lizard llama lobster locket loft lorry loyal lucky lullaby
lunch lupin lynx macaroni mackerel magic magician magnet magnolia magpie mailbox mammoth mandolin mango map
maple marble marigold marker marmalade marsh mask mattress meadow mechanic medal mellow melody melon mermaid
meteor midnight mighty milk milkshake minibus mint minute mirror modern monday mongoose moon moonbeam moonlight
morning mosaic moss motor motorbike mulberry museum musical musician napkin narwhal navy neat nebula necklace
nectar needle neighbour nimble noble noodle notebook november number nurse nutmeg nutshell oak oasis oatmeal
ocean ocelot october octopus office olive omelette onion open orange orangutan orchard orchid oregano osprey
ostrich otter overcoat oyster paint painter palace pancake panda pansy panther pantry paper paperclip paprika
parachute parade parasol parcel parsley parsnip party pasta patchwork patient pattern pavement peach peacock
peanut pebble pelican pencil penguin peninsula penknife pepper perfect pesto petal petunia pheasant pianist
piano piccolo pickle picnic picture pigeon piglet pillow pilot pinboard pineapple pinecone pink pipe pirate
pitcher pizza planet plank planter plate plateau platypus player playful plenty plough plum plumber poem polite
pollen pompom pond popcorn poppy porch porcupine porridge possum postbox postcard poster postman potato pottery
prairie pretty pretzel primrose prince princess prism propeller proud pudding puddle puffin pulley puma pumpkin
puppet purple puzzle pyramid quail quarter quartz quayside queen question quick quiet rabbit raccoon radio
radish raft railway rain rainbow raincoat raindrop raisin rapid raspberry raven ready reed referee reindeer
rhino rhubarb rhyme ribbon rice rider ring ripple road robin roof rooster rope rosebud rosemary round rucksack
ruler runner saddle saffron sailor salad salmon salt sand sandal sandwich sapling sapphire sardine satchel
saturday sauce saucepan scarf scarlet school scientist scissors scone scooter sculptor seagull seahorse seashell
seaside season seaweed seesaw september sesame shape shed sheep shelf shelter shepherd sherbet shiny shirt shoe
shoelace shovel shrimp shutter signpost silent silky silver simple skater sketch skipper skipping sky skylark
sleepy slow small smooth snail snappy snowball snowdrop snowflake snowman snowy sock sofa solid song soup
spaceship spade spaniel spanner sparkly sparrow speedy spinach sponge spoon spotless spring sprout spruce square
squid squirrel stadium stamp star starlight starling station statue steady steamboat stingray stool stork stove
stream striped strong studio sturdy submarine sugar suitcase summer summit sunday sundial sunflower sunhat
sunlight sunrise sunset super surfer swallow swan sweater sweet swift swimmer swimsuit swing sycamore syrup
table tadpole tall tame tapestry teacher teacup teapot teaspoon telescope tender tent thankful theatre thermos
thimble thistle thursday ticket tide tiger tiny tomato toolbox topaz topiary tortoise toucan towel tractor tram
traveller treacle treehouse tricycle trolley trombone trophy trousers trout trusty tuesday tugboat tulip tundra
tunnel turkey turnip turquoise turret turtle twig ukulele umbrella uncle useful valley vanilla vase velcro
velvet vest viaduct village vine vinegar violet violin visitor vivid volcano waffle wagon waistcoat waiter
wallaby wallet walnut walrus warbler wardrobe watch waterfall waterlily wednesday weekend wheel whippet wild
windmill window windy winter wise wolf wombat wonderful woodland woodwind woolly workbench workshop wren yacht
year yesterday yodel yoghurt young zebra zesty zigzag zip
""".split()  # noqa: SIM905 - as a list it would be a thousand lines
)
